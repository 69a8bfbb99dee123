"""Gold in the form that a live attempt has: a whole repository, and the files of its inbox.

A harness makes items as digests for a round, a plan as whole solutions. In the queue an item is
what a learner hands in: `work/` is the repository, made from the carrier's own kit, and `inbox/`
his updates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.gold import identity
from jobtwin.rules.gold_plan import PlannedItem
from jobtwin.rules.hidden import INBOX, KIT_FILE, WORK
from jobtwin.rules.scoring import exact, overall, weights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.twin import Twin
    from jobtwin.rules.gold import Scored

NOT_LIVE = Code(
    "GLD-007",
    "an item has not the form of an attempt",
    why="Beside learners' work, what is no whole repository tells that it is gold.",
    fix="Name the carrier's kit (`--kit DIR`) and what only rounds show (`--without FILE`), or "
    "plan with whole repositories in `work/`.",
)
NOTHING_LEFT = Code(
    "GLD-008",
    "no item is left for the queue",
    why="A credential must not go to a carrier, so only items that do not clear the twin are used.",
    fix="Make more items, or lower levels in the plan.",
)


def live(item: Scored, kit: Mapping[str, bytes], without: Collection[str] = ()) -> PlannedItem:
    """Return an item as an attempt would hand it in: laid over the files of a kit.

    What lies in `work/` or `inbox/` is taken as it is. `without` are files that only a round shows,
    such as what the machine reports.
    """
    own = {path: body for path, body in item.files.items() if path not in without}
    inbox = {path: body for path, body in own.items() if path.startswith(INBOX)}
    work = {f"{WORK}{path}": body for path, body in kit.items() if path != KIT_FILE}
    for path, body in own.items():
        if not path.startswith(INBOX):
            work[path if path.startswith(WORK) else f"{WORK}{path}"] = body
    return PlannedItem(dict(sorted((work | inbox).items())), item.scores, tuple(item.defects))


def unclear(items: Sequence[Scored], twin: Twin) -> list[Scored]:
    """Return the items whose reference does not clear the twin."""
    bar, dimensions = exact(twin.pass_threshold), weights(twin)
    return [item for item in items if overall(item.scores, dimensions) < bar]


def check_live(items: Sequence[Scored], kit: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield everything that keeps items from riding in the queue."""
    if not items:
        yield NOTHING_LEFT.at("all of them clear the twin")
    known: set[str] = set()
    for number, item in enumerate(items, start=1):
        mine = identity(item.files)
        if mine in known:
            yield NOT_LIVE.at(f"item {number} is a copy of another one")
        known.add(mine)
        work = {path.removeprefix(WORK) for path in item.files if path.startswith(WORK)}
        if missing := sorted(kit.keys() - {KIT_FILE} - work):
            yield NOT_LIVE.at(f"item {number} lacks {missing[0]} of the kit")
        if f"{WORK}{KIT_FILE}" in item.files:
            yield NOT_LIVE.at(f"item {number} brings {KIT_FILE}, which each kit has of its own")
        if not work:
            yield NOT_LIVE.at(f"item {number} has no repository in {WORK}")
