"""From a plan to gold items: for each item a base, for each dimension a level, a defect, a variant.

The draw is a function of a secret seed, so that the plan alone does not tell which item is what.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.rules.scoring import LEVELS, level, on_grid, weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.gold_plan import Change, Defect, GoldPlan, Variant
    from jobtwin.records.twin import Twin

UNKNOWN = Code(
    "GLD-010",
    "the plan names something that is not there",
    why="An item would lack a file or a score.",
    fix="Correct the name, or add what it names beside the plan.",
)
NO_DEFECT = Code(
    "GLD-011",
    "a planned level has no defect",
    why="Every score below the top must be the work of a defect that can be pointed at.",
    fix="Add a defect of the dimension with that level's score, or set the level's share to 0.",
)
NO_PASSAGE = Code(
    "GLD-012",
    "a defect cannot be put in",
    why="The item would have the score of a defect that it does not show.",
    fix="Quote a passage that stands in the file exactly once; keep defects of other dimensions "
    "out of it.",
)
Files = dict[str, bytes]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A gold item as a plan gives it; like a harness's own."""

    files: Mapping[str, bytes]
    scores: Mapping[str, float]
    defects: tuple[str, ...]


def check_plan(
    plan: Loaded[GoldPlan], twin: Twin, beside: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Yield what is wrong with a plan; `beside` are the files that lie beside it, by path."""
    given, dimensions = plan.record, weights(twin)
    if given.twin != twin.id:
        yield plan.finding(UNKNOWN, f"it is for `{given.twin}`, not for `{twin.id}`", "twin")
    for number, base in enumerate(given.bases):
        if not _folder(beside, base.folder):
            yield plan.finding(UNKNOWN, f"{base.folder}/ holds no file", "bases", number, "folder")
    yield from _check_defects(plan, set(dimensions), beside)
    for name in dimensions:
        for wanted in (n for n, share in enumerate(given.levels[:-1], start=1) if share):
            if not _of(given, name, wanted):
                yield plan.finding(NO_DEFECT, f"{name} has none at level {wanted}", "defects")


def _check_defects(
    plan: Loaded[GoldPlan], dimensions: set[str], beside: Mapping[str, bytes]
) -> Iterator[Finding]:
    given = plan.record
    for number, defect in enumerate(given.defects):
        if defect.dimension not in dimensions:
            message = f"`{defect.dimension}` is no dimension of `{given.twin}`"
            yield plan.finding(UNKNOWN, message, "defects", number, "dimension")
        if not on_grid(defect.score):
            yield plan.finding(UNKNOWN, "its score is no step of 0.05", "defects", number, "score")
        for problem in dict.fromkeys(_unfit(given, defect, beside)):
            yield plan.finding(NO_PASSAGE, problem, "defects", number, "variants")


def _unfit(plan: GoldPlan, defect: Defect, beside: Mapping[str, bytes]) -> Iterator[str]:
    """Yield why a defect cannot be put into a base that it is for."""
    for base in plan.bases:
        fitting = [one for one in defect.variants if not one.bases or base.id in one.bases]
        if not fitting:
            yield f"`{defect.id}` has no variant for `{base.id}`"
        for variant in fitting:
            try:
                _changed(_folder(beside, base.folder), variant, beside)
            except ValueError as error:
                yield f"`{defect.id}` in `{base.id}`: {error}"


def build(
    plan: GoldPlan, twin: Twin, beside: Mapping[str, bytes], seed: bytes
) -> list[PlannedItem]:
    """Return the plan's items for a secret seed; raises `Refused` where two defects collide.

    The same plan, files and seed give the same items anywhere.
    """
    names = list(weights(twin))
    dealt = {name: _dealt(plan, seed, name) for name in names}
    return [
        _item(plan, beside, seed, number, {name: dealt[name][number] for name in names})
        for number in range(plan.items)
    ]


def _item(
    plan: GoldPlan, beside: Mapping[str, bytes], seed: bytes, number: int, levels: Mapping[str, int]
) -> PlannedItem:
    base = _drawn(seed, f"base|{number}", plan.bases)
    files = _folder(beside, base.folder)
    scores: dict[str, float] = {}
    said = []
    for name, wanted in levels.items():
        scores[name] = 1.0
        if wanted == LEVELS:
            continue
        defect = _drawn(seed, f"defect|{number}|{name}", _of(plan, name, wanted))
        fitting = [one for one in defect.variants if not one.bases or base.id in one.bases]
        variant = _drawn(seed, f"variant|{number}|{name}", fitting)
        try:
            files = _changed(files, variant, beside)
        except ValueError as error:
            message = f"`{defect.id}` in `{base.id}` with other defects: {error}"
            raise Refused([NO_PASSAGE.at(message)]) from error
        scores[name] = defect.score
        said.append(f"{name}: {defect.what}")
    return PlannedItem(dict(sorted(files.items())), scores, tuple(said))


def _of(plan: GoldPlan, dimension: str, wanted: int) -> list[Defect]:
    mine = (defect for defect in plan.defects if defect.dimension == dimension)
    return [defect for defect in mine if level(defect.score) == wanted]


def _folder(beside: Mapping[str, bytes], folder: str) -> Files:
    start = f"{folder}/"
    return {path[len(start) :]: text for path, text in beside.items() if path.startswith(start)}


def _changed(files: Mapping[str, bytes], variant: Variant, beside: Mapping[str, bytes]) -> Files:
    found = dict(files)
    for change in variant.changes:
        found = _with(found, change, beside)
    return found


def _with(files: Files, change: Change, beside: Mapping[str, bytes]) -> Files:
    """Return the files after one change; raises ValueError where it does not apply."""
    ways = (change.find is not None, change.put is not None, change.remove)
    if sum(ways) != 1 or (change.find is None) != (change.replace is None):
        raise ValueError(f"{change.file}: say either find and replace, or put, or remove")
    if change.put is not None:
        if change.put not in beside:
            raise ValueError(f"{change.put} is not beside the plan")
        return files | {change.file: beside[change.put]}
    if change.file not in files:
        raise ValueError(f"{change.file} is not there")
    if change.remove:
        return {path: content for path, content in files.items() if path != change.file}
    before, after = (change.find or "").encode(), (change.replace or "").encode()
    times = files[change.file].count(before) if before else 0
    if times != 1:
        raise ValueError(f"{change.file}: the passage stands there {times} times")
    return files | {change.file: files[change.file].replace(before, after)}


def _dealt(plan: GoldPlan, seed: bytes, dimension: str) -> list[int]:
    """Return a level for each item in the planned shares, the better ones to the better items.

    Half of an item's rank is its own and half is the dimension's chance, so that some items pass
    and some fail, as real ones do.
    """
    pack = [number for number, share in enumerate(plan.levels, start=1) for _ in range(share)]
    levels = [pack[number * len(pack) // plan.items] for number in range(plan.items)]
    places = range(plan.items)
    own, chance = _ranks(seed, "quality", plan.items), _ranks(seed, dimension, plan.items)
    order = sorted(places, key=lambda item: (own[item] + chance[item], chance[item]))
    dealt = dict(zip(order, levels, strict=True))
    return [dealt[item] for item in places]


def _ranks(seed: bytes, label: str, count: int) -> list[int]:
    """Return the numbers below `count` in an order that only the seed tells."""
    return sorted(range(count), key=lambda number: _key(seed, f"rank|{label}|{number}"))


def _drawn(seed: bytes, label: str, among: Sequence[T]) -> T:
    return among[int.from_bytes(_key(seed, label)) % len(among)]


def _key(seed: bytes, label: str) -> bytes:
    return hmac.digest(seed, f"jobtwin gold plan v1|{label}".encode(), "sha256")
