"""The deployed service beside the submitted code: the same commit, and the same answers.

It serves the kit's corpus, as `make eval` does in the sandbox; ten development questions, which
nobody knows before, are put to both. It is shown to the mentor and no bar: free hosts sleep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobtwin.harness.contract import Answer, Outcome, Probe
from jobtwin.harness.draw import generator

from .answers import NOTHING, read
from .handout import kit_world
from .questions import questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.harness.contract import Returned, Seeds, Submission

    from .answers import Reply
    from .questions import Question

SERVICE = "service.json"
ASKED = 10


def probe(seeds: Seeds) -> Probe:
    """Return what the deployed service is asked."""
    random = generator(seeds.graded, "probe")
    identity, nonce = f"{random.getrandbits(48):012x}", f"{random.getrandbits(128):032x}"
    return Probe(identity, SERVICE, nonce, tuple(one.asked() for one in _asked(seeds)))


def judge(
    seeds: Seeds, returned: Returned, submission: Submission, inside: Mapping[str, Any]
) -> tuple[dict[str, float], list[str]]:
    """Return whether it runs the submitted commit, in how many answers it agrees, and words.

    `inside` has the answers of `make eval` in the sandbox, by question, as hostile as the others.
    """
    found = returned.probes.get(probe(seeds).id)
    if found is None or found.outcome is not Outcome.OK:
        why = f"{found.outcome}: {found.detail}" if found else "nobody asked it here"
        return {"deployed": 0.0, "deployed_agreement": 0.0}, [f"The deployed service: {why}."]
    runs_it = bool(submission.commit) and found.commit == submission.commit
    answers = [read(answer)[0] for answer in found.answers[:ASKED]]
    alike = sum(
        _agree(one, other)
        for one, other in zip(answers, _in_the_sandbox(seeds, inside), strict=False)
    )
    commit = found.commit[:12] or "no commit"
    told = [
        (
            f"The deployed service answered with the nonce and says that it runs {commit}, "
            f"{'as' if runs_it else 'not what was'} handed in. {alike} of {ASKED} answers cite "
            "what the code cites in the sandbox."
        )
    ]
    return {"deployed": float(runs_it), "deployed_agreement": alike / ASKED}, told


def _asked(seeds: Seeds) -> list[Question]:
    known = questions(kit_world(seeds.kit))
    return generator(seeds.graded, "probe/questions").sample(known, min(ASKED, len(known)))


def _in_the_sandbox(seeds: Seeds, answers: Mapping[str, Any]) -> list[Reply]:
    """Return what `make eval` got for the same questions."""
    bodies = (answers.get(one.id) for one in _asked(seeds))
    return [NOTHING if body is None else read(Answer(Outcome.OK, body))[0] for body in bodies]


def _agree(one: Reply, other: Reply) -> bool:
    """Say whether two replies cite the same first page; two that cite nothing do not agree."""
    return bool(one.citations) and one.citations[:1] == other.citations[:1]
