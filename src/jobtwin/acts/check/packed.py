"""A twin's proofs on worlds that are drawn with a private pack, to be tried before it is sealed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.harness import twin_code

if TYPE_CHECKING:
    from jobtwin.acts.check.proving import Proving
    from jobtwin.harness.contract import Seeds, Submission
    from jobtwin.harness.proofs import Solutions


@dataclass(slots=True)
class _Packed:
    """A twin's solutions, their worlds in the words of a pack."""

    solutions: Solutions
    cases: tuple[str, ...]
    content: bytes

    def seeds(self, case: str, index: int) -> Seeds:
        return replace(self.solutions.seeds(case, index), pack=self.content)

    def solve(self, proof_id: str, given: Seeds) -> Submission:
        return self.solutions.solve(proof_id, given)


def with_pack(proving: Proving, content: bytes) -> Proving:
    """Return a twin to be proved on a pack's worlds; `content` is its content.yml of the pack.

    Raises `Refused` where the twin cannot use it, and `UsageError` for a twin that takes none.
    Nothing that is measured so speaks of the twin as everybody has it: it is not to be kept.
    """
    if not twin_code.takes_packs(proving.harness):
        raise UsageError(f"{proving.twin.id} takes no private pack")
    proving.harness.check_pack(content)
    return replace(proving, solutions=_Packed(proving.solutions, proving.solutions.cases, content))
