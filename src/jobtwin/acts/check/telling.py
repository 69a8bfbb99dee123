"""How kits and proofs ended, and what of them is measured, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.check.proving import Run, ended, runs
from jobtwin.harness import proofs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobtwin.acts.check.keeping import Keeping
    from jobtwin.acts.check.proving import Choice, Proving
    from jobtwin.records.measured import KitCheck, Measurement


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of one proof, or of the kits."""

    name: str
    measured: int
    """Of the twin, the solution and the engine as they are now."""
    held: int
    """Of these, as declared."""
    stale: int
    missing: int

    def __str__(self) -> str:
        return (
            f"{self.name:<20} {self.held} of {self.measured} as declared, {self.stale} stale, "
            f"{self.missing} missing"
        )


def standings(proving: Proving, choice: Choice, keeping: Keeping) -> Iterator[Standing]:
    """Yield what of a choice is measured, stale and missing: for the kits and each proof."""
    if choice.proof is None:
        yield _of_kits(proving, choice, keeping)
    listed = runs(proofs.declared(proving.folder), proving.solutions.cases, choice)
    kept = {item.key for item in keeping.known.measurements}
    for proof in dict.fromkeys(run.proof for run in listed):
        keys = {run.key for run in listed if run.proof == proof}
        now = proving.basis(proof)
        known = [found for key in keys if (found := keeping.current(key, now))]
        held = sum(not found.problems for found in known)
        stale = len(keys & kept) - len(known)
        yield Standing(proof.id, len(known), held, stale, len(keys - kept))


def _of_kits(proving: Proving, choice: Choice, keeping: Keeping) -> Standing:
    cases = [case for case in proving.solutions.cases if choice.case in (None, case)]
    keys = {(case, seed) for case in cases for seed in range(choice.seeds)}
    kept = [one for one in keeping.known.kits if one.key in keys]
    known = [one for one in kept if one.twin == proving.mark]
    held = sum(not one.problems for one in known)
    return Standing("kits", len(known), held, len(kept) - len(known), len(keys) - len(kept))


def table(
    declared: Iterable[proofs.Proof], kits: Iterable[KitCheck], results: Iterable[Measurement]
) -> str:
    """Return how many kits were as they must be, and each proof as often as declared, as text."""
    kits, results = tuple(kits), tuple(results)
    lines = []
    if kits:
        sound = sum(not one.problems for one in kits)
        lines.append(f"{'kits':<20} {'alike, and no answers':<28} {sound} of {len(kits)}")
        lines += [
            f"  {one.case} · seed {one.seed}: {text}" for one in kits for text in one.problems
        ]
    for proof in declared:
        own = [result for result in results if result.proof == proof.id]
        if not own:
            continue
        held = sum(not result.problems for result in own)
        wanted = f"fails on {proof.fails_on}" if proof.fails_on else "passes"
        lines.append(f"{proof.id:<20} {wanted:<28} {held} of {len(own)}")
        for result in own:
            run = Run(proof, result.case, result.seed, result.repeat)
            lines += [f"  {run}: {ended(result)}"] if result.problems else []
    return "\n".join(lines)
