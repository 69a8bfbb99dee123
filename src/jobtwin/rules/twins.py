"""What must hold between the parts of a twin, and between a track and its twins.

The form of each part is for `records`; whether the harness really grades is for its proofs.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.track import Track
    from jobtwin.records.twin import Bar, Twin

WEIGHTS = Code(
    "TWN-001",
    "the weights do not sum to 1",
    why="The overall score is the weighted average; otherwise nobody could reach 1, or all could.",
    fix="Change the weights so that they sum to exactly 1.",
)
ID_TWICE = Code(
    "TWN-002",
    "an id stands twice",
    why="Scores, skills, figures and deadlines are kept by id; two alike cannot be told apart.",
    fix="Give each its own id.",
)
NO_SUCH_METRIC = Code(
    "TWN-003",
    "the bar or the rubric names no figure of this twin",
    why="A figure that is never measured clears no bar, and tells a mentor nothing.",
    fix="Name one of the ids under `metrics`, or declare the figure there.",
)
CHECKPOINT = Code(
    "TWN-004",
    "a checkpoint has no beginning",
    why="A deadline counts from the start or from another checkpoint, this one from nowhere.",
    fix="Let `after` name another checkpoint, so that the first of all has no `after`.",
)
DESCRIPTORS = Code(
    "TWN-005",
    "a descriptor does not tell levels apart",
    why="Mentors agree only where each level says what is to be seen in the artifact.",
    fix="Say in a sentence of its own what a mentor would see at this level.",
)
NO_CRITICAL = Code(
    "TWN-006",
    "there is no critical self-check",
    why="Then nothing makes a learner stop before handing in what cannot be graded.",
    fix="Mark the self-check that must not be answered no as `kind: critical`.",
)
BAR_OUT_OF_REACH = Code(
    "TWN-007",
    "a bar is no bar",
    why="Every work would meet it, or none, so it says nothing about the work.",
    fix="Set a value that some work meets and some does not; a share lies between 0 and 1.",
)
NOT_STARTABLE = Code(
    "TWN-008",
    "the twin cannot be started yet",
    why="It says what will be asked and graded, but not yet how work is run and measured.",
    fix="Nothing is wrong with the file; add `harness` when there is one.",
)
NO_SUCH_TWIN = Code(
    "TWN-009",
    "the track names no twin of this repository",
    why="The track's credential needs all of its twins, so it could never be issued.",
    fix="Name a folder under `twins/`, or add the twin.",
)
WEEK = Code(
    "TWN-010",
    "the weeks do not agree",
    why="Learners plan by the week that they read, on whichever page they read it.",
    fix="Write the same week in the track and in the twin, within the weeks of the track.",
)
WRONG_PLACE = Code(
    "TWN-011",
    "the id is not the file's place",
    why="A twin is found by its folder and a track by its file name.",
    fix="Rename the one or the other.",
)
INBOX_NAME = Code(
    "TWN-012",
    "a name in the inbox is taken",
    why="`start.yml` and `<checkpoint>.yml` are the learner's requests and mean nothing else.",
    fix="Choose another name.",
)
BY_COMMENT = Code(
    "TWN-013",
    "comments cannot become these files",
    why="`/status` says nothing of a file, so there is one pattern for it, whose `*` is a number.",
    fix="Give `by_comment` to one pattern only, with one `*` that stands for a number.",
)

NO_RECEIPT = Code(
    "TWN-018",
    "no receipt tells what a dimension asks of them",
    why="The mentor would look for evidence that never comes.",
    fix="Name `pushes`, `self_checks`, `checkpoint:` with a checkpoint's id, or `file:` with a "
    "pattern of the inbox.",
)

FEWEST_WORDS = 4
"""Of a level's descriptor."""
START_FILE = "start.yml"


def check_twin(loaded: Loaded[Twin]) -> Iterator[Finding]:
    """Yield what does not hold between the parts of a twin."""
    yield from _place(loaded, loaded.record.id, PurePosixPath(loaded.path).parent.name)
    yield from _ids(loaded)
    yield from _rubric(loaded)
    yield from _figures(loaded)
    yield from _receipts(loaded)
    yield from _bar(loaded)
    yield from _checkpoints(loaded)
    yield from _inbox(loaded)
    if not any(mode.kind == "critical" for mode in loaded.record.failure_modes):
        yield loaded.finding(NO_CRITICAL, "no self-check is critical", "failure_modes")


def startable(loaded: Loaded[Twin]) -> Finding | None:
    """Return the note that a twin cannot be started yet, None when it can; never an error."""
    if loaded.record.harness is not None:
        return None
    return loaded.finding(NOT_STARTABLE, f"`{loaded.record.id}` has no harness yet", "id")


def check_track(loaded: Loaded[Track], twins: Mapping[str, Twin]) -> Iterator[Finding]:
    """Yield what does not hold between a track and `twins`, which maps ids to twins."""
    track = loaded.record
    yield from _place(loaded, track.id, PurePosixPath(loaded.path).stem)
    yield from _twice(loaded, "twins", [item.twin for item in track.twins], "twin")
    for number, item in enumerate(track.twins):
        if item.week > track.weeks:
            message = f"week {item.week} is after the track's last, {track.weeks}"
            yield loaded.finding(WEEK, message, "twins", number, "week")
        if item.twin not in twins:
            message = f"there is no twin `{item.twin}`"
            yield loaded.finding(NO_SUCH_TWIN, message, "twins", number, "twin")
        elif (own := twins[item.twin].week) != item.week:
            message = f"`{item.twin}` says week {own}, the track says week {item.week}"
            yield loaded.finding(WEEK, message, "twins", number, "week")
    if track.capstone is not None and track.capstone not in twins:
        yield loaded.finding(NO_SUCH_TWIN, f"there is no twin `{track.capstone}`", "capstone")


def _place(loaded: Loaded[Twin] | Loaded[Track], own: str, place: str) -> Iterator[Finding]:
    if own != place:
        yield loaded.finding(WRONG_PLACE, f"`{own}` lies under the name `{place}`", "id")


def _ids(loaded: Loaded[Twin]) -> Iterator[Finding]:
    twin = loaded.record
    yield from _twice(loaded, "checkpoints", [item.id for item in twin.checkpoints])
    yield from _twice(loaded, "rubric", [item.id for item in twin.rubric])
    yield from _twice(loaded, "failure_modes", [item.id for item in twin.failure_modes])
    yield from _twice(loaded, "skills", [item.id for item in twin.skills])
    yield from _twice(loaded, "metrics", [item.id for item in twin.metrics])
    yield from _twice(loaded, "inbox", [item.pattern for item in twin.inbox], "pattern")
    yield from _twice(loaded, "submission_modes", twin.submission_modes, None)


def _twice(
    loaded: Loaded[Twin] | Loaded[Track], part: str, ids: Sequence[str], key: str | None = "id"
) -> Iterator[Finding]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            where = (part, number) if key is None else (part, number, key)
            yield loaded.finding(ID_TWICE, f"`{name}` stands twice under `{part}`", *where)


def _rubric(loaded: Loaded[Twin]) -> Iterator[Finding]:
    rubric = loaded.record.rubric
    total = sum((Decimal(str(item.weight)) for item in rubric), Decimal(0))
    if total != 1:
        yield loaded.finding(WEIGHTS, f"the weights sum to {total}", "rubric")
    for number, dimension in enumerate(rubric):
        said = [" ".join(text.lower().split()) for text in dimension.levels]
        for level, text in enumerate(said, start=1):
            place = ("rubric", number, "levels", level - 1)
            name = f"level {level} of `{dimension.id}`"
            if text in said[: level - 1]:
                message = f"{name} says the same as level {said.index(text) + 1}"
                yield loaded.finding(DESCRIPTORS, message, *place)
            elif len(text.split()) < FEWEST_WORDS:
                yield loaded.finding(DESCRIPTORS, f"{name} has less than a sentence", *place)


def _figures(loaded: Loaded[Twin]) -> Iterator[Finding]:
    known = {metric.id for metric in loaded.record.metrics}
    for number, dimension in enumerate(loaded.record.rubric):
        for place, name in enumerate(dimension.figures):
            if name not in known:
                message = f"`{name}`, beside `{dimension.id}`, is not among the metrics"
                yield loaded.finding(NO_SUCH_METRIC, message, "rubric", number, "figures", place)


def _receipts(loaded: Loaded[Twin]) -> Iterator[Finding]:
    twin = loaded.record
    known = {f"checkpoint:{point.id}" for point in twin.checkpoints}
    known |= {f"file:{item.pattern}" for item in twin.inbox} | {"pushes", "self_checks"}
    for number, dimension in enumerate(twin.rubric):
        for place, name in enumerate(dimension.receipts):
            if name not in known:
                message = f"`{name}`, beside `{dimension.id}`, is nothing that receipts of it tell"
                yield loaded.finding(NO_RECEIPT, message, "rubric", number, "receipts", place)


def _bar(loaded: Loaded[Twin]) -> Iterator[Finding]:
    units = {metric.id: metric.unit for metric in loaded.record.metrics}
    counts: Counter[str] = Counter()
    for number, bar in enumerate(loaded.record.bar):
        counts[bar.metric] += 1
        place = ("bar", number)
        if bar.metric not in units:
            message = f"`{bar.metric}` is not among the metrics"
            yield loaded.finding(NO_SUCH_METRIC, message, *place, "metric")
        elif _meaningless(bar, units[bar.metric]):
            message = f"{bar.comparator} {bar.value:g} says nothing of a {units[bar.metric]}"
            yield loaded.finding(BAR_OUT_OF_REACH, message, *place, "value")
        if counts[bar.metric] == 2:
            message = f"`{bar.metric}` has two bars"
            yield loaded.finding(ID_TWICE, message, *place, "metric")


def _meaningless(bar: Bar, unit: str) -> bool:
    """Whether every value meets the bar, or none does."""
    if bar.value < 0 or (bar.comparator == ">=" and bar.value == 0):
        return True
    return unit == "fraction" and (bar.value > 1 or (bar.comparator == "<=" and bar.value == 1))


def _checkpoints(loaded: Loaded[Twin]) -> Iterator[Finding]:
    after = {item.id: item.after for item in loaded.record.checkpoints}
    for number, item in enumerate(loaded.record.checkpoints):
        if item.after is None:
            continue
        if item.after not in after:
            message = f"there is no checkpoint `{item.after}`"
            yield loaded.finding(CHECKPOINT, message, "checkpoints", number, "after")
        elif item.id in _before(item.id, after):
            message = f"`{item.id}` comes after itself"
            yield loaded.finding(CHECKPOINT, message, "checkpoints", number, "after")


def _before(checkpoint: str, after: Mapping[str, str | None]) -> list[str]:
    """Return the checkpoints that come before one, until the start or the first that returns."""
    found: list[str] = []
    step = after[checkpoint]
    while step is not None and step not in found:
        found.append(step)
        step = after.get(step)
    return found


def _inbox(loaded: Loaded[Twin]) -> Iterator[Finding]:
    checkpoints = loaded.record.checkpoints
    for number, item in enumerate(checkpoints):
        if f"{item.id}.yml" == START_FILE:
            message = "a checkpoint cannot be called `start`"
            yield loaded.finding(INBOX_NAME, message, "checkpoints", number, "id")
    taken = [START_FILE, *(f"{item.id}.yml" for item in checkpoints)]
    for number, file in enumerate(loaded.record.inbox):
        if file.pattern in taken:
            message = f"`{file.pattern}` is the name of a request"
            yield loaded.finding(INBOX_NAME, message, "inbox", number, "pattern")
    by_comment = [number for number, file in enumerate(loaded.record.inbox) if file.by_comment]
    for number in by_comment:
        pattern = loaded.record.inbox[number].pattern
        if number != by_comment[0] or pattern.count("*") != 1:
            message = f"`{pattern}` is not the one numbered pattern that comments are taken for"
            yield loaded.finding(BY_COMMENT, message, "inbox", number, "by_comment")
