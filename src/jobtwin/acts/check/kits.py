"""Looking at a twin's kits: the same everywhere, and none of the answers in them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.acts import kit
from jobtwin.acts.check.regenerating import differing, digests, made
from jobtwin.harness import giveaways, predicting, proofs
from jobtwin.records.measured import KitCheck
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.acts.check.keeping import Keeping
    from jobtwin.acts.check.proving import Choice, Proving
    from jobtwin.findings import Finding
    from jobtwin.harness.contract import Seeds


def check_kits(
    repo: Path,
    proving: Proving,
    choice: Choice,
    keeping: Keeping,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[KitCheck, ...]:
    """Look at the kits of a choice that were not looked at yet; `progress` gets a line for each."""
    known = {one.key: one for one in keeping.known.kits if one.twin == proving.mark}
    checked = []
    for case in proving.solutions.cases:
        if choice.case not in (None, case):
            continue
        for index in range(choice.seeds):
            found = known.get((case, index))
            if found is None:
                given = proving.solutions.seeds(case, index)
                problems = tuple(str(one) for one in findings(repo, proving, given))
                found = KitCheck(
                    case=case, seed=index, twin=proving.mark, problems=problems, at=proving.clock()
                )
                keeping.add(proving.kept(kits=(found,)))
            checked.append(found)
            ended = "; ".join(found.problems) or "the same everywhere, no answer in it"
            progress(f"kit · {case} · seed {index}: {ended}")
    return tuple(checked)


def findings(repo: Path, proving: Proving, given: Seeds) -> Iterator[Finding]:
    """Yield what is wrong with the kit of some seeds."""
    files, plan = made(repo, proving.twin.id, given)
    yield from differing(repo, proving.twin.id, given, digests(files, plan))
    declared = proofs.declared(proving.folder)
    reference = next((proof.id for proof in declared if proof.kind == "reference"), None)
    if reference is not None:
        handed = proving.solutions.solve(reference, given)
        yield from giveaways.given_away(files, handed, given)
    for labelled in proofs.labelled(proving.folder, given):
        yield from map(giveaways.predicted, predicting.given_away(labelled))
    yield from _history(files)


def _history(files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what the repository that a learner begins with holds besides the kit."""
    with tempfile.TemporaryDirectory(prefix="jobtwin-kit-") as folder:
        out = Path(folder) / "kit"
        kit.write_kit(files, out)
        kit.commit_kit(out)
        yield from giveaways.history(Git(out / ".git"))
