"""A twin's page: everything that its brief shows, in the brief's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.site.markup import (
    authored,
    duration,
    headed,
    number,
    paragraphs,
    percent,
    plain,
    table,
)
from jobtwin.site.start_section import start_section
from jobtwin.site.twin_card import Card, twin_card

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.records.organisation import Cohort
    from jobtwin.records.twin import Checkpoint, Harness, Twin

CLOCK_RULE = "Server-authoritative clock. The deadline is hard; auto-save does not extend it."
_SCORES = (
    "Each dimension scored on [0.0, 1.0] in 0.05 increments. The overall score is the weighted "
    "average;"
)
_BESIDE = "The mentor sees beside it, as evidence and never as the score:"
_COMPARATOR = {">=": "at least", "<=": "at most"}


def twin_page(
    twin: Twin,
    cohorts: Sequence[Cohort] = (),
    visibility: str = "",
    repository: str = "",
    forecast: str = "",
    card: Card | None = None,
) -> str:
    """Return the Markdown of a twin's page; credentials link to its dimensions and levels.

    `cohorts` give the windows of checkpoints without minutes; `visibility` is what the policy in
    force says to learners; `repository` is where their pull requests go, for the link to start;
    `forecast` says how long a result takes; `card` is how hard it was measured to be.
    """
    sections = [
        ("Scenario", _scenario(twin)),
        ("Deliverables", _deliverables(twin)),
        ("Materials", _bullets(twin.materials)),
        ("Time-box", _time_box(twin, cohorts)),
        ("Submission modes", _submission_modes(twin)),
        ("Rubric", _rubric(twin)),
        ("Failure modes", _failure_modes(twin)),
        ("Skill assertions on offer", _skills(twin)),
        ("Mentor SLA", _sla(twin)),
        ("Pass threshold", _threshold(twin)),
        ("Re-attempts", _reattempts(twin)),
        ("Quantitative bar", _bar(twin)),
        ("How hard it is, measured", twin_card(twin, card or Card())),
        ("Harness limits", _limits(twin)),
        ("Start this twin", start_section(twin, visibility, repository, forecast, cohorts)),
    ]
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections)
    page = f"# {plain(twin.title)}\n\n{summary(twin)}\n{{: #brief }}\n\n{_notice(twin)}{body}\n"
    description = f"{in_short(twin)}. {twin.scenario.partition('. ')[0]}."
    return headed(page, title=twin.title, description=description)


def in_short(twin: Twin) -> str:
    """Return the line below the title: what kind, how long, how much."""
    return f"{twin.label} · {twin.time_box} · pass {percent(twin.pass_threshold)}"


def summary(twin: Twin) -> str:
    """Return `in_short` as Markdown."""
    return plain(in_short(twin))


def _anchor(name: str) -> str:
    """Return what makes a place in the page one that a credential can name (attr_list)."""
    return f"{{ #{name} }}"


def _notice(twin: Twin) -> str:
    if twin.harness is not None:
        return ""
    return (
        '!!! warning "This twin cannot be started yet"\n'
        "    Its brief is complete, but there is no harness that measures the work. It opens when\n"
        "    there is one.\n\n"
    )


def _scenario(twin: Twin) -> str:
    constraints = [
        ("Latency budget", twin.constraints.latency_budget),
        ("Cost ceiling", twin.constraints.cost_ceiling),
        ("Data format", twin.constraints.data_format),
    ]
    bound = [f"- **{name}:** {authored(text)}" for name, text in constraints if text]
    bound += [f"- {authored(text)}" for text in twin.constraints.other]
    parts = [
        paragraphs(twin.scenario),
        f"### The company and your team\n\n**{plain(twin.company)}.** {paragraphs(twin.team)}",
        f"### It is accepted when\n\n{_bullets(twin.acceptance)}",
    ]
    if bound:
        parts.append("### Constraints\n\n" + "\n".join(bound))
    return "\n\n".join(parts)


def _deliverables(twin: Twin) -> str:
    lines = (f"1. **{plain(item.name)}** — {authored(item.text)}" for item in twin.deliverables)
    return "\n".join(lines)


def _bullets(texts: Sequence[str]) -> str:
    return "\n".join(f"- {authored(text)}" for text in texts)


def _time_box(twin: Twin, cohorts: Sequence[Cohort]) -> str:
    titles = {checkpoint.id: checkpoint.title for checkpoint in twin.checkpoints}
    lines = [
        f"- **{plain(point.title)}** (`{point.id}`) {_closes(point, titles)} {authored(point.text)}"
        for point in twin.checkpoints
    ]
    parts = [f"**{plain(twin.time_box)}**", CLOCK_RULE, "\n".join(lines)]
    if twin.focused_hours:
        parts.append(
            f"Designed for {twin.focused_hours} hours of focused work. The hours are self-reported "
            "and shown, never graded: the rubric grades the artifact."
        )
    windows = [
        f"- Cohort `{cohort.id}`: {window.days} days"
        for cohort in cohorts
        for window in cohort.windows
        if window.twin == twin.id
    ]
    return "\n\n".join([*parts, *(["\n".join(windows)] if windows else [])])


def _closes(point: Checkpoint, titles: dict[str, str]) -> str:
    if point.minutes is None:
        return "closes after the window of days that your cohort sets, counted from the start."
    since = f"the deadline of “{plain(titles[point.after])}”" if point.after else "the start"
    return f"closes {duration(point.minutes)} after {since}."


def _submission_modes(twin: Twin) -> str:
    modes = "\n".join(f"- `{mode}`" for mode in twin.submission_modes)
    return f"{modes}\n\nThe first mode listed is the default on the submit screen."


def _rubric(twin: Twin) -> str:
    rows = [
        (f"{plain(row.title)} `{row.id}`{_anchor(row.id)}", percent(row.weight), plain(row.tests))
        for row in twin.rubric
    ]
    parts = [
        f"{_SCORES} pass at {percent(twin.pass_threshold)}.",
        table(("Dimension", "Weight", "What it tests"), rows),
        "What each level means, before you start:",
    ]
    for row in twin.rubric:
        anchors = [
            f"    - **{level}**{_anchor(f'{row.id}-level-{level}')} ({(level - 1) / 4:.2f}): "
            f"{authored(text)}"
            for level, text in enumerate(row.levels, start=1)
        ]
        if shown := (*row.figures, *row.receipts):
            anchors += ["", f"    {_BESIDE} {', '.join(f'`{name}`' for name in shown)}."]
        parts.append(f'??? note "{plain(row.title)}: five levels"\n\n' + "\n".join(anchors))
    return "\n\n".join(parts)


def _failure_modes(twin: Twin) -> str:
    rows = [(item.id, authored(item.question), item.kind) for item in twin.failure_modes]
    return (
        "Self-checks the learner answers before submit. Critical checks block submission unless "
        "explicitly forced; the force flag is then surfaced to the mentor.\n\n"
        + table(("Check", "Question", "Class"), rows)
    )


def _skills(twin: Twin) -> str:
    rows = [
        (
            f"`{skill.id}`{_anchor(skill.id)}",
            f"**{plain(skill.title)}**{_anchor(f'skill-{skill.id}')}",
            f"max weight {skill.ceiling:.2f}",
        )
        for skill in twin.skills
    ]
    return (
        "On a passing review the mentor selects a subset of these to assert, with an asserted "
        "weight bounded by the per-skill ceiling shown below.\n\n"
        + table(("Skill", "Name", "Ceiling"), rows)
    )


def _sla(twin: Twin) -> str:
    text = f"**{twin.mentor_sla_hours}h**: from mentor claim to signoff."
    if twin.reviewers == 2:
        text += (
            "\n\nTwo mentors review, on separate ledgers: neither sees the other's review before "
            "both are in. Where they lie far apart, a third reads your work, and the two that "
            "agree best count."
        )
    return text


def _threshold(twin: Twin) -> str:
    return (
        f"**{percent(twin.pass_threshold)}**{_anchor('overall')}: weighted-average overall score."
    )


def _reattempts(twin: Twin) -> str:
    allowed = "none" if twin.reattempts == 0 else str(twin.reattempts)
    return f"**{allowed}**{_anchor('best-of')}: {plain(twin.reattempts_note)}"


def _bar(twin: Twin) -> str:
    bars = {line.metric: line for line in twin.bar}
    rows = [
        (
            f"{authored(metric.title)} `{metric.id}`{_anchor(f'metric-{metric.id}')}",
            f"{_COMPARATOR[bars[metric.id].comparator]} {number(bars[metric.id].value)}"
            if metric.id in bars
            else "shown to the mentor",
            f"{authored(metric.meaning)} Unit: {metric.unit}.",
        )
        for metric in twin.metrics
    ]
    return (
        "Measured by the harness, on data that you have not seen. You can run the same scorer on a "
        "public split before you submit. Work below the bar is still graded, so that you get full "
        "feedback; it does not earn the credential.\n\n"
        + table(("Figure", "Bar", "What it is"), rows)
    )


def _limits(twin: Twin) -> str:
    if twin.harness is None:
        return "They are set together with the harness."
    rows = [*_process_limits(twin.harness), *_artifact_limits(twin.harness)]
    packages = twin.harness.environment.system_packages
    also = ", ".join(f"`{name}`" for name in packages) or "none"
    return (
        "Your code runs in a sandbox without network, secrets or answers. What you cause is "
        "reported as below and counts; an infrastructure error never costs an attempt.\n\n"
        + table(("Limit", "Value", "A breach is reported as"), rows)
        + f"\n\nSystem packages besides Python: {also}. Wheels are installed from your lock file, "
        "by hash, before your code runs."
    )


def _process_limits(harness: Harness) -> Iterator[tuple[str, ...]]:
    limits = harness.limits
    crashed = "`crashed`, with the reason where we stopped it"
    yield "Time of one sandbox", f"{limits.wall_seconds} s", "`timed_out`"
    yield "Processor time of one process", f"{limits.cpu_seconds} s", crashed
    yield "Memory", f"{limits.memory_mib} MiB", crashed
    yield "Processes and threads", f"{limits.processes}", "starting one more fails inside"
    yield "Open files", f"{limits.open_files}", "opening one more fails inside"
    yield "Standard output and error, each", f"{limits.output_kib} KiB", crashed
    yield "One file", f"{limits.file_mib} MiB", "writing more fails inside, or `crashed`"
    yield "All of `/tmp`", f"{limits.tmp_mib} MiB", "writing more fails inside, or `crashed`"


def _artifact_limits(harness: Harness) -> Iterator[tuple[str, ...]]:
    service, tests, snapshot = harness.service, harness.tests, harness.snapshot
    refused = "`refused` by the receipt, with a finding"
    if service:
        seconds = number(service.query_seconds)
        yield "Service answers on its ready path", f"{service.ready_seconds} s", "`timed_out`"
        yield "One answer, time", f"{seconds} s", "`timed_out` for this answer"
        yield (
            "One answer, size and form",
            f"{service.answer_kib} KiB of JSON, 32 levels deep",
            "`invalid` for this answer",
        )
    if tests:
        yield "Your tests", f"{tests.seconds} s", "`timed_out`"
    yield "Files handed in", f"{snapshot.files:,}", refused
    yield "Size handed in", f"{snapshot.mib} MiB, {snapshot.file_mib} MiB a file", refused
