"""What an act answered, shown on GitHub: comment, labels, state, and the acts that follow.

Each step may be repeated, and one that fails does not keep the others from being taken; what
failed is said at the end, and running the job again completes it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from jobtwin.errors import EngineError
from jobtwin.forge.github import wording
from jobtwin.rules.standing import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.forge.events import Effects, Event, Reminder
    from jobtwin.forge.github.api import Api

OURS = frozenset(LABELS)
"""The labels that say where an attempt stands; all others are left alone."""


_Step: TypeAlias = "Callable[[], object]"


def show(api: Api, effects: Effects, event: Event) -> None:
    """Carry out all that is no record; raises `EngineError` with every step that failed."""
    failed: list[EngineError] = []
    for step in _steps(api, effects, event):
        try:
            step()
        except EngineError as error:
            failed.append(error)
    if failed:
        raise EngineError("; ".join(error.message for error in failed), failed[0].hint)


def tell(api: Api, text: str, event: Event) -> bool:
    """Tell whoever caused an event why it is refused; return False where there is no place to.

    A push is answered in the one comment, a comment by another one, so that an odd command does
    not take away what the one comment shows.
    """
    if event.pull_request and event.kind.startswith("pull_request."):
        api.say(event.pull_request.number, wording.MARKER, wording.sticky(text))
        return True
    place = event.pull_request.number if event.pull_request else event.issue
    if place is None:
        return False
    api.say(place, wording.reply_marker(event.id), wording.reply(text, event.id))
    return True


def _steps(api: Api, effects: Effects, event: Event) -> Iterator[_Step]:
    number = effects.pull_request
    if number is None and event.pull_request:
        number = event.pull_request.number
    if number is not None:
        yield from _standing(api, number, effects.comment, effects.labels, effects.close)
        if effects.reopen:
            yield partial(api.set_open, number, is_open=True)
    elif event.issue is not None and effects.comment:
        yield partial(tell, api, effects.comment, event)
    for notice in effects.notices:
        shown = (notice.comment, notice.labels, notice.close)
        yield from _standing(api, notice.pull_request, *shown)
    for reminder in effects.reminders:
        yield partial(_remind, api, reminder)
    for following in effects.then:
        yield partial(api.dispatch, f"{following.act}.yml", following.arguments)


def _remind(api: Api, reminder: Reminder) -> None:
    marker = wording.reply_marker(reminder.key)
    api.say(api.queue_issue(), marker, wording.reply(reminder.text, reminder.key))


def _standing(
    api: Api, number: int, comment: str, labels: tuple[str, ...], close: bool
) -> Iterator[_Step]:
    if comment:
        yield partial(api.say, number, wording.MARKER, wording.sticky(comment))
    if labels:
        yield partial(api.label, number, labels, OURS)
    if close:
        yield partial(api.set_open, number, is_open=False)
