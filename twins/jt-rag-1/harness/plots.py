"""What the report's plots are made of: each stratum with the 95 % interval of its mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records.report import Needed, Row, Rows

from . import measures
from .marking import strata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .marking import Marked

    Worth = Callable[[Marked], float]

FLOORS = {
    "all questions": 0.75,
    "scan": 0.5,
    "image": 0.5,
    "multilingual": 0.5,
}
CITED = {"all questions": 0.6}
_BOOTSTRAP = "with the 95 % bootstrap interval of the mean over its questions."


def of_graded(marked: Sequence[Marked], seed: bytes) -> tuple[Rows, ...]:
    """Return the plots of the held-out questions."""
    groups = {"all questions": list(marked), **strata(marked)}
    return (
        _rows(
            "recall@5 by kind of document",
            f"Share of the questions whose document is among the first five, {_BOOTSTRAP}",
            groups, lambda one: one.recall, seed, FLOORS,
        ),
        _rows(
            "Citation accuracy by kind of document",
            f"Share of the citations that name the right document and page, {_BOOTSTRAP}",
            groups, lambda one: one.citation, seed, CITED,
        ),
        _rows(
            "MRR@10 by kind of document",
            f"Reciprocal rank of the right document among ten, {_BOOTSTRAP}",
            groups, lambda one: one.reciprocal_rank, seed,
        ),
        _rows(
            "nDCG@10 by kind of document",
            f"Discounted gain of the right document among ten, {_BOOTSTRAP}",
            groups, lambda one: one.ndcg, seed,
        ),
        _rows(
            "Answers with the right value",
            f"Share of the answers whose text holds the document's value, {_BOOTSTRAP}",
            groups, lambda one: one.exact, seed,
        ),
    )  # fmt: skip


def of_both(again: Sequence[Marked], graded: Sequence[Marked], seed: bytes) -> Rows:
    """Return recall on the kit's corpus beside that on the graded one."""
    return _rows(
        "recall@5 on the kit's corpus and on the graded one",
        "What the learner's own `make eval` gives, run again, beside the held-out world; a large "
        "gap says that the work was fitted to the kit.",
        {"kit": list(again), "graded": list(graded)},
        lambda one: one.recall,
        seed,
    )


def _rows(
    title: str,
    about: str,
    groups: Mapping[str, Sequence[Marked]],
    worth: Worth,
    seed: bytes,
    needed: Mapping[str, float] | None = None,
) -> Rows:
    rows = []
    for name, own in groups.items():
        values = [worth(one) for one in own]
        low, high = measures.interval(values, seed, f"{title}/{name}")
        bar = (needed or {}).get(name)
        rows.append(
            Row(
                label=name.replace("_", "-"),
                value=measures.mean(values) if values else None,
                low=low if values else None,
                high=high if values else None,
                among=len(values),
                needed=None if bar is None else Needed(value=bar),
            )
        )
    return Rows(title=title, about=about, rows=tuple(rows))
