"""The blank review that a mentor fills in: every anchor stands beside the score it explains."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jobtwin.records.base import stamp
from jobtwin.rules import forcing, from_receipts, gates
from jobtwin.rules.blinding import Identifiers, clean
from jobtwin.rules.scoring import anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobtwin.records.grade import Claim
    from jobtwin.records.submission import Evaluated, Received
    from jobtwin.records.twin import Dimension, Twin

SCHEMA = "docs/reference/schemas/review.json"
_WIDTH = 96
_SEALED = (
    "Your review is sealed when you hand it in: no other mentor who reads the same work sees your "
    "scores before his own are in, nor you his."
)


def form(
    twin: Twin,
    claim: tuple[str, Claim],
    evaluated: Evaluated,
    receipts: Sequence[Received],
    *,
    is_sealed: bool = False,
) -> bytes:
    """Return review.yml with scores left blank; `claim` is (digest, claim).

    It is YAML, and refused as long as a score, an evidence or a comment is missing. `is_sealed`
    says that another mentor reads the same work.
    """
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        *_comment(_head(twin, claim[1])),
        *_comment([_SEALED] if is_sealed else []),
        *_comment(_forced(twin, receipts)),
        *_comment(_figures(evaluated)),
        "format: 1",
        "kind: review",
        f"attempt: {claim[1].attempt}",
        f"claim: {claim[0]}",
        f"mentor: {claim[1].mentor}",
        "scores:",
        *(line for dimension in twin.rubric for line in _dimension(twin, dimension, evaluated)),
        *_comment(_skills(twin)),
        "skills: []",
        "# Remarks at a place in the learner's work: file, line, text.",
        "comments: []",
        "# What you would tell the learner first: two or three sentences.",
        "summary:",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _head(twin: Twin, claim: Claim) -> Iterator[str]:
    yield f"{twin.title}, review {claim.review_id}."
    yield f"Due {stamp(claim.due)}."
    yield (
        "Score each dimension from 0 to 1 in steps of 0.05. The five levels stand at 0, 0.25, 0.5, "
        "0.75 and 1; a score between two of them says that the work is between them."
    )
    yield (
        "Name evidence for each: a `file` (with `line`), or a `quote`. Files are named as they lie "
        "below work/ in the bundle, or with inbox/ in front."
    )


def _forced(twin: Twin, receipts: Sequence[Received]) -> Iterator[str]:
    yield from (f"HANDED IN BY FORCE: {line}." for line in forcing.told(twin, receipts))


def _figures(evaluated: Evaluated) -> Iterator[str]:
    yield f"What the machine measured (outcome: {evaluated.outcome}):"
    for figure in evaluated.bar:
        met = "met" if figure.met else "NOT MET"
        yield f"  {figure.metric}: {figure.value:g} (bar {figure.comparator} {figure.bar:g}: {met})"
    barred = {figure.metric for figure in evaluated.bar}
    for other in evaluated.metrics:
        if other.metric not in barred:
            yield f"  {other.metric}: {other.value:g}"
    for line in gates.told(evaluated):
        yield f"  {line}"
    for note in evaluated.notes:
        yield f"  - {' '.join(_blinded(note).split())}"


def _blinded(note: str) -> str:
    """Return a note of the harness, which may quote the work, without what tells whose it is."""
    cleaned = clean({"note.md": note.encode("utf-8")}, Identifiers())
    return cleaned.files.get("note.md", b"").decode("utf-8")


def _dimension(twin: Twin, dimension: Dimension, evaluated: Evaluated) -> Iterator[str]:
    yield from _comment(
        [f"{dimension.title} (weight {dimension.weight:g}). {dimension.tests}"], indent="  "
    )
    levels = (
        f"  {anchor(number):.2f}  {' '.join(text.split())}"
        for number, text in enumerate(dimension.levels, start=1)
    )
    yield from _comment(levels, indent="  ", hanging="        ")
    yield from _comment(_beside(twin, dimension, evaluated), indent="  ")
    yield f"  - dimension: {dimension.id}"
    yield "    score:"
    yield "    evidence:"
    yield "      - file:"
    yield "        line:"
    yield "    comment:"


def _beside(twin: Twin, dimension: Dimension, evaluated: Evaluated) -> Iterator[str]:
    """Yield what the machine measured of a dimension."""
    known = {metric.id: metric for metric in twin.metrics}
    values = {figure.metric: figure.value for figure in evaluated.metrics}
    values |= {figure.metric: figure.value for figure in evaluated.bar}
    shown = [name for name in dimension.figures if name in values]
    if shown:
        yield "Measured, as evidence; the score is yours:"
    for name in shown:
        metric = known[name]
        meaning = " ".join(metric.meaning.split())
        yield f"  {metric.title}: {values[name]:g} ({metric.unit}). {meaning}"
    told = list(from_receipts.beside(dimension, evaluated.told))
    if told:
        yield "By the server's receipts, as evidence; the score is yours:"
    yield from (f"  {line}" for line in told)


def _skills(twin: Twin) -> Iterator[str]:
    yield "Skills that the work shows, if it does; replace `[]` by a list of these:"
    for skill in twin.skills:
        yield f"  - id: {skill.id}"
        yield f"    weight: at most {skill.ceiling:.2f}"
        yield "    evidence:"
        yield "      - file:"


def _comment(lines: Iterable[str], indent: str = "", hanging: str = "    ") -> Iterator[str]:
    """Wrap lines as YAML comments."""
    for line in lines:
        yield from textwrap.wrap(
            line,
            _WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}# {hanging}",
            break_long_words=False,
        )
