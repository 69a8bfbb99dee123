"""The figures: what the verdicts caught, missed and mistook, and what the alerts were worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from jobtwin.harness.contract import CommandReturn, Outcome, Returned, Score, Seeds, Submission
from jobtwin.harness.draw import generator
from jobtwin.records.report import Plot

from . import plots, reports
from .mutants import KINDS, is_adversarial, kind_of
from .planning import Release, Watch, World, world_of
from .rates import clustered, wilson

IN_TIME = 8 * 60.0
"""Minutes after a change within which an alert tells of it."""
UNKNOWN = -1.0
MINUTES_A_DAY = 24 * 60


@dataclass(slots=True)
class Sheet:
    """Metrics, notes and plots as they are found."""

    metrics: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Return every metric, finite, and a sentence for each thing that went wrong."""
    del submission  # what it is worth shows in what it says
    world, sheet = world_of(seeds), Sheet()
    came = returned.commands
    verdicts = {one.id: reports.verdict(came.get(one.id)) for one in world.releases}
    _note_troubles(sheet, came, world, verdicts)
    counted = [release for release in world.releases if release.repeats is None]
    _judge_bad(sheet, seeds, [one for one in counted if one.mutant is not None], verdicts)
    _judge_good(sheet, [one for one in counted if one.mutant is None], verdicts)
    _judge_repeats(sheet, world.releases, verdicts)
    asked = [len(reports.asked(came[one.id])) for one in world.releases if one.id in came]
    sheet.metrics["requests_most"] = float(max(asked, default=0))
    _judge_online(sheet, world.watches, came)
    return Score(dict(sorted(sheet.metrics.items())), tuple(sheet.notes), tuple(sheet.plots))


def _note_troubles(
    sheet: Sheet,
    came: Mapping[str, CommandReturn],
    world: World,
    verdicts: Mapping[str, reports.Verdict],
) -> None:
    first = came.get(world.calibration)
    if first is None or first.outcome is not Outcome.OK:
        ended = first.outcome.value if first else Outcome.NOT_RUN.value
        sheet.notes.append(f"Calibration ended as {ended}. {first.detail if first else ''}".strip())
    troubles = Counter(one.trouble for one in verdicts.values() if one.trouble)
    for trouble, count in troubles.most_common(4):
        sheet.notes.append(
            f"{count} of {len(verdicts)} verdicts do not count and stand against you: {trouble}."
        )
    said = next((one.detail for one in came.values() if one.outcome is Outcome.FAILED), "")
    if said:
        sheet.notes.append(f"The first command that failed: {said}")


def _judge_bad(
    sheet: Sheet,
    seeds: Seeds,
    releases: Sequence[Release],
    verdicts: Mapping[str, reports.Verdict],
) -> None:
    caught: dict[str, list[bool]] = {}
    named: dict[str, list[bool]] = {}
    for release in releases:
        assert release.mutant is not None  # noqa: S101 - as chosen by the caller
        said, family = verdicts[release.id], release.mutant.family
        caught.setdefault(family, []).append(said.fails)
        named.setdefault(family, []).append(_names(said, release))
    random = generator(seeds.graded, "bootstrap")
    for metric, title, groups in (
        ("detection", "Detection", caught),
        ("kind_accuracy", "Right kind named", named),
    ):
        flat = [item for group in groups.values() for item in group]
        low, high = clustered(list(groups.values()), random)
        sheet.metrics[metric] = sum(flat) / len(flat)
        sheet.metrics[f"{metric}_low"] = low
        sheet.notes.append(
            f"{title}: {sum(flat)} of {len(flat)}, 95 % interval {low:.2f} to {high:.2f}."
        )
    hidden = [item for name, group in caught.items() if is_adversarial(name) for item in group]
    sheet.metrics["adversarial_detection"] = sum(hidden) / len(hidden)
    seen = {kind_of(family) for family, group in named.items() if any(group)}
    sheet.metrics["kinds_detected"] = len(seen) / len(KINDS)
    _note_missed(sheet, releases, caught, named)
    sheet.plots += plots.of_regressions(caught, named, generator(seeds.graded, "bootstrap/plots"))


def _names(said: reports.Verdict, release: Release) -> bool:
    """Whether a verdict names what is wrong, and nothing that is not."""
    mutant = release.mutant
    assert mutant is not None  # noqa: S101 - only regressions are asked about
    return bool(said.kinds & mutant.kinds) and said.kinds <= mutant.kinds | mutant.also


def _note_missed(
    sheet: Sheet,
    releases: Sequence[Release],
    caught: Mapping[str, list[bool]],
    named: Mapping[str, list[bool]],
) -> None:
    what = {one.mutant.family: one.mutant.what for one in releases if one.mutant is not None}
    missed = [what[name] for name, group in caught.items() if not all(group)]
    wrongly = [what[name] for name, group in named.items() if all(caught[name]) and not all(group)]
    if missed:
        sheet.notes.append(f"Not failed each time: {'; '.join(missed)}.")
    if wrongly:
        sheet.notes.append(f"Failed, but by checks of another kind: {'; '.join(wrongly)}.")


def _judge_good(
    sheet: Sheet, releases: Sequence[Release], verdicts: Mapping[str, reports.Verdict]
) -> None:
    said = [verdicts[release.id] for release in releases]
    alarms = sum(bool(one.fails or one.trouble) for one in said)
    low, high = wilson(alarms, len(said))
    sheet.metrics["false_alarm"] = alarms / len(said)
    sheet.metrics["false_alarm_high"] = high
    sheet.notes.append(
        f"False alarms: {alarms} of {len(said)}, 95 % interval {low:.2f} to {high:.2f}."
    )
    kinds = Counter(kind for one in said for kind in one.kinds)
    sheet.plots.append(plots.of_good(alarms, kinds, len(said)))
    if kinds:
        shown = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        sheet.notes.append(f"Kinds of the checks that failed good releases: {shown}.")


def _judge_repeats(
    sheet: Sheet, releases: Sequence[Release], verdicts: Mapping[str, reports.Verdict]
) -> None:
    pairs = [(one.id, one.repeats) for one in releases if one.repeats is not None]
    alike = sum(
        verdicts[one] == verdicts[other] and not verdicts[one].trouble for one, other in pairs
    )
    sheet.metrics["repeatable"] = alike / len(pairs)
    if alike < len(pairs):
        sheet.notes.append(
            f"{len(pairs) - alike} of {len(pairs)} releases were measured twice, answered alike, "
            "and were judged otherwise."
        )


def _judge_online(
    sheet: Sheet, watches: Sequence[Watch], came: Mapping[str, CommandReturn]
) -> None:
    delays: list[float] = []
    false: list[tuple[str, int, float]] = []
    changed = 0
    for watch in watches:
        found, change = reports.alerts(came.get(watch.id)), watch.trace.change
        if found is None:
            sheet.notes.append("A trace was left without alerts.json of the form asked for.")
        until = change.minute if change else watch.trace.days * MINUTES_A_DAY
        early = sum(alert.minute < until for alert in found or ())
        name = f"before {change.kind} changed" if change else "nothing changed"
        false.append((name, early, until / MINUTES_A_DAY))
        if change is None:
            continue
        changed += 1
        delay = _delay(sheet, watch, found, reports.alerts(came.get(watch.cut_id or "")))
        delays += [] if delay is None else [delay]
    sheet.metrics["online_detection"] = len(delays) / changed
    sheet.metrics["online_delay_minutes"] = round(median(delays), 1) if delays else UNKNOWN
    alerts, days = sum(count for _, count, _ in false), sum(days for _, _, days in false)
    sheet.metrics["online_false_alerts_per_day"] = round(alerts / days, 3)
    sheet.plots += [plots.of_online(delays, changed, IN_TIME), plots.of_calm(false)]


def _delay(
    sheet: Sheet,
    watch: Watch,
    found: tuple[reports.Alert, ...] | None,
    early: tuple[reports.Alert, ...] | None,
) -> float | None:
    """Return the minutes from a change to the first alert that tells of it, None without one."""
    change = watch.trace.change
    if change is None or found is None:
        return None
    if early is None or _until(found, watch.cut_minute) != _until(early, watch.cut_minute):
        sheet.notes.append(
            f"Online, {change.kind}: cut off at a moment, the trace gives other alerts up to it. "
            "An alert that needs what comes later is none."
        )
        return None
    told = [
        alert.minute - change.minute
        for alert in found
        if alert.kind == change.kind and 0 <= alert.minute - change.minute <= IN_TIME
    ]
    if not told:
        sheet.notes.append(
            f"Online, {change.kind}: no alert of its kind within {IN_TIME / 60:.0f} hours."
        )
    return min(told, default=None)


def _until(found: tuple[reports.Alert, ...], minute: float) -> tuple[reports.Alert, ...]:
    return tuple(alert for alert in found if alert.minute <= minute)
