"""Whether several reviews were kept apart, opened together, and joined by a third where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import panel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.grade import Appealed, Decision, Review, Reviewed
    from jobtwin.records.twin import Twin
    from jobtwin.rules.panel import Panel

WRONG_PANEL = Code(
    "AUD-090",
    "a decision does not rest on the panel that its reviews ask for",
    why="Reviewers who see each other's scores, or a third who is left out or added, bend a grade.",
    fix="Compare the reviews with the decision; have the attempt judged again.",
)
WRONG_APPEAL = Code(
    "AUD-091",
    "an appeal is not against a decision that can be appealed",
    why="Each attempt has one appeal, by its learner, in time, against what was not cleared.",
    fix="Find out what wrote the record.",
)

SAME_PERSON = Code(
    "AUD-092",
    "two reviews of an attempt are by one person",
    why="Each claim brings one review, and another review of the work is another person's.",
    fix="Find out what wrote the receipt; have the attempt graded by another mentor.",
)


def check_reviewer(
    record: Reviewed, path: str, earlier: Iterable[Reviewed], names: Collection[str]
) -> Iterator[Finding]:
    """Yield each earlier review of the attempt by the same person, whose mentor ids are `names`."""
    for other in earlier:
        if other.mentor in names:
            message = f"`{record.mentor}` wrote review {other.number} as well, as `{other.mentor}`"
            yield SAME_PERSON.at(message, path)


def check_sealing(
    record: Reviewed, path: str, twin: Twin, is_appeal: bool, is_private: bool = False
) -> Iterator[Finding]:
    """Yield a finding when a review that has to be sealed lies open, or the reverse."""
    asked = panel.is_sealed(twin, is_appeal=is_appeal, is_private=is_private)
    if asked and record.sealed is None:
        yield WRONG_PANEL.at("the review was not sealed, and another was to come", path)
    if record.sealed is not None and not asked:
        yield WRONG_PANEL.at("the review was sealed, and no other was to come", path)


def check_panel(
    record: Decision, path: str, twin: Twin, sitting: Panel, reviews: Sequence[Review]
) -> Iterator[Finding]:
    """Yield what is wrong with the panel of a decision; `reviews` are those that count."""
    if record.number != sitting.number:
        yield WRONG_PANEL.at(f"it is decision {record.number}, not {sitting.number}", path)
    void = tuple(receipt.number for receipt in sitting.void)
    if record.void != void:
        yield WRONG_PANEL.at(f"it leaves out reviews {record.void}, not {void}", path)
    yield from _check_number(path, twin, sitting, reviews)
    sealed = [(r.number, r.review, r.review_signature) for r in sitting.came if r.sealed]
    if record.feedback is not None:
        sealed = []  # of a sealed attempt they stay so
    if [(o.number, o.review, o.review_signature) for o in record.opened] != sealed:
        yield WRONG_PANEL.at("it does not open the reviews that were sealed", path)
    counting = panel.numbers(twin, sitting.reviewed, reviews)
    if record.counting != counting:
        yield WRONG_PANEL.at(f"it counts reviews {record.counting}, not {counting}", path)


def _check_number(
    path: str, twin: Twin, sitting: Panel, reviews: Sequence[Review]
) -> Iterator[Finding]:
    """Yield a finding when more or fewer reviews were asked for than were needed.

    Where one does not count any more, those after it were asked for while it still did.
    """
    reviewed = sitting.reviewed
    for number, receipt in enumerate(reviewed if not sitting.void else (), start=1):
        asked = panel.needed(twin, reviews[:number], is_appeal=sitting.is_appeal)
        if receipt.sealed and receipt.needed != asked:
            message = f"review {receipt.number} says {receipt.needed} are needed; it is {asked}"
            yield WRONG_PANEL.at(message, path)
    asked = panel.needed(twin, reviews, is_appeal=sitting.is_appeal)
    if len(reviewed) > asked + bool(sitting.void):
        yield WRONG_PANEL.at(f"{len(reviewed)} reviews are there, {asked} were needed", path)


def check_appealed(
    record: Appealed,
    path: str,
    against: tuple[str, Decision] | None,
    days: int,
    was_heard: bool = False,
) -> Iterator[Finding]:
    """Yield what is wrong with an appeal; `against` is (digest, decision) of the attempt's last."""
    if against is None or record.decision != against[0]:
        yield WRONG_APPEAL.at("it is not against the attempt's decision", path)
        return
    if reason := panel.not_appealable(against[1], record.at, days, was_heard=was_heard):
        yield WRONG_APPEAL.at(reason, path)
