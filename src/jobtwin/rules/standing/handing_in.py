"""What a learner can still hand in: each checkpoint with its time left, and the way to do it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.rules import intake, receipts
from jobtwin.rules.standing.links import checkpoint_file, kit_commands, work_commands
from jobtwin.rules.standing.moments import moment, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.records.submission import Received
    from jobtwin.records.twin import Checkpoint
    from jobtwin.rules.standing.state import Case

_RULED = {
    "accepted": "accepted",
    "late": "late, not counted",
    "blocked": "blocked by a self-check",
    "refused": "not taken in",
}

_SEALED = (
    "- This cohort is sealed: `submit` closes all you hand in into one box, `work.sealed`, which "
    "the platform alone opens. Write nothing of your work here, and push nothing beside the box."
)


def checkpoints(case: Case) -> Iterator[str]:
    """Yield a table with every checkpoint: when it closes, the time left, what counts of it."""
    yield "| checkpoint | closes | left | state |"
    yield "|---|---|---|---|"
    for checkpoint in case.twin.checkpoints:
        closes = next(d.at for d in case.started.deadlines if d.checkpoint == checkpoint.id)
        left = (closes - case.now).total_seconds()
        shown = span(left) if left >= 0 else "closed"
        yield (
            f"| {checkpoint.title} (`{checkpoint.id}`) | {moment(closes)} | {shown} "
            f"| {_state(case, checkpoint)} |"
        )
    yield ""
    yield f"Time left as of {moment(case.now)}."


def _state(case: Case, checkpoint: Checkpoint) -> str:
    mine = _of(case, checkpoint)
    counted = [receipt for receipt in mine if receipt.ruling == "accepted"]
    if counted:
        return f"accepted {moment(counted[-1].at)}, head `{counted[-1].head[:12]}`"
    return _RULED[mine[-1].ruling] if mine else "not handed in"


def _of(case: Case, checkpoint: Checkpoint) -> list[Received]:
    ordered = receipts.in_order(case.receipts)
    return [receipt for _, receipt in ordered if receipt.checkpoint == checkpoint.id]


def next_steps(case: Case) -> Iterator[str]:
    """Yield what to do next, step by step."""
    grace = timedelta(seconds=case.grace_seconds)
    closes = {deadline.checkpoint: deadline.at + grace for deadline in case.started.deadlines}
    yield "**What to do next**"
    yield ""
    yield "- Get your kit, the same on every machine:"
    yield ""
    yield from (f"      {command}" for command in kit_commands(case.started, case.place))
    yield ""
    still = [c for c in case.twin.checkpoints if case.now <= closes[c.id]]
    yield from _in_a_terminal(case, still or case.twin.checkpoints)
    if case.started.sealed_to:
        yield _SEALED
    else:
        yield "- Or hand in here:"
        for checkpoint in still:
            yield f"  - {checkpoint.title}: {_way(case, checkpoint)}"
        yield from _update(case)
    yield (
        "- `final: true` in a checkpoint file ends the attempt and has it measured at once; "
        "otherwise that happens when the last checkpoint closes."
    )


def _in_a_terminal(case: Case, still: Sequence[Checkpoint]) -> Iterator[str]:
    yield (
        "- In the kit's folder, `jobtwin eval` measures your work as the graders will, and "
        "`jobtwin submit` hands it in, with `--yes` or `--no` for each self-check. The kit's "
        "container has both installed."
    )
    yield ""
    commands = work_commands(case.started, case.place, still[0].id)
    yield from (f"      {command}" for command in commands)
    yield ""


def _way(case: Case, checkpoint: Checkpoint) -> str:
    """Return how a checkpoint is handed in by the forge's own pages, where it has any."""
    name, place = f"{checkpoint.id}.yml", case.place
    if not place.is_on_a_forge:
        return f"add `{layout.INBOX}/{name}` to this pull request"
    if _of(case, checkpoint):
        return f"[change `{name}`]({place.edit_file(name)})"
    if not checkpoint.repository:
        return f"[add `{name}`]({place.new_file(name, checkpoint_file(case.twin, checkpoint))})"
    return "; or ".join(_ways(case, checkpoint, name))


def _ways(case: Case, checkpoint: Checkpoint, name: str) -> Iterator[str]:
    """Yield a way for each mode of the twin, the one that counts without a word first."""
    for mode in case.twin.submission_modes:
        link = case.place.new_file(name, checkpoint_file(case.twin, checkpoint, mode))
        if mode == "repo_url":
            yield f"[add `{name}`]({link}) for your repository at a commit"
        else:
            drop = case.place.upload(intake.UPLOAD.rstrip("/"))
            yield f"[drop your files]({drop}), then [add `{name}`]({link}) for them"


def _update(case: Case) -> Iterator[str]:
    """Yield how a status update is given by comment, while that is taken."""
    asked = intake.taken_by_comment(case.twin)
    if asked is None or not asked.by_comment:
        return
    if intake.is_live(case.started, case.twin, case.now, case.grace_seconds):
        yield "- A status update may be a comment here; its moment is the comment's:"
        yield ""
        yield from (f"      {line}" for line in ["/status", *asked.by_comment.splitlines()])
        yield ""
