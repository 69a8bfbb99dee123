"""A twin's proofs ready made: a reference in a folder, and what makes the wrong ones of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from jobtwin.harness import contract, solutions, twin_code


@dataclass(frozen=True, slots=True)
class WrittenSolutions:
    """What a `proofs` package offers, from `proofs/reference/` and `proofs/wrong.yml`."""

    folder: Path
    """The twin's own."""
    cases: ClassVar[tuple[str, ...]] = ("full",)

    def seeds(self, case: str, index: int) -> contract.Seeds:
        """Return the seeds number `index` (from 0); ValueError for an unknown case."""
        if case not in self.cases:
            raise ValueError(f"there is no case {case!r}")
        return solutions.seeds(self.folder.name, index)

    def solve(self, proof_id: str, given: contract.Seeds) -> contract.Submission:
        """Return what is handed in for a proof; KeyError where nothing makes it wrong."""
        proofs = self.folder / "proofs"
        kit = dict(twin_code.load(self.folder).kit(given.kit).files)
        if proof_id == "untouched":
            return contract.Submission(kit)
        files = kit | solutions.folder(proofs / "reference")
        if proof_id != "reference":
            listed = solutions.changes(proofs / "wrong.yml")[proof_id]
            files = solutions.changed(files, listed, self.folder, kit)
        return contract.Submission(files)
