"""How a ready-made twin asks learner code: a command for each case, or one service for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jobtwin.harness.contract import CommandRun, Json, Outcome, Plan, Returned, Service

ANSWER = "answer.json"
QUERY = "query.json"
SERVICE = "service"
Given = Mapping[str, Json]
"""What a case gives: to a command files, name → bytes; to a service the JSON object of a query."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came back for one case."""

    outcome: Outcome
    answer: Json = None
    """Present when `outcome` is OK: hostile."""
    detail: str = ""


class Asking(Protocol):
    """A way to ask."""

    def plan(self, given: Sequence[Given]) -> Plan:
        """Return what is run, for cases in their order."""

    def came(self, returned: Returned, cases: int) -> list[Came]:
        """Return what came back for each of them."""

    def shown(self, given: Given) -> Mapping[str, Json]:
        """Return the files by which a kit shows what a case gives; what is not bytes is JSON."""


@dataclass(frozen=True, slots=True)
class Commands:
    """The learner's command, called as `<command of twin.yml> /data /out/answer.json` each time."""

    seconds: float = 20.0
    """For one case."""

    def plan(self, given: Sequence[Given]) -> Plan:
        """Return a command for each case, in a sandbox of its own."""
        runs = (
            CommandRun(_name(n), ("/data", f"/out/{ANSWER}"), files, ANSWER, self.seconds)
            for n, files in enumerate(given)
        )
        return Plan(services=(), commands=tuple(runs))

    def came(self, returned: Returned, cases: int) -> list[Came]:
        """Return the output of each command."""
        found = (returned.commands.get(_name(number)) for number in range(cases))
        return [
            Came(one.outcome, one.output, one.detail) if one else Came(Outcome.NOT_RUN)
            for one in found
        ]

    def shown(self, given: Given) -> Mapping[str, Json]:
        """Return the files as they are."""
        return given


@dataclass(frozen=True, slots=True)
class OneService:
    """The learner's service, started once and asked one case after the other.

    Path, seconds and size of an answer stand in twin.yml.
    """

    def plan(self, given: Sequence[Given]) -> Plan:
        """Return the service with a query for each case."""
        return Plan(services=(Service(SERVICE, None, {}, tuple(map(dict, given))),))

    def came(self, returned: Returned, cases: int) -> list[Came]:
        """Return each answer; what ended the service is told with the first."""
        found = returned.services.get(SERVICE)
        if found is None:
            return [Came(Outcome.NOT_RUN)] * cases
        came = [Came(one.outcome, one.body, found.detail) for one in found.answers[:cases]]
        return came + [Came(Outcome.NOT_RUN)] * (cases - len(came))

    def shown(self, given: Given) -> Mapping[str, Json]:
        """Return the query as one file."""
        return {QUERY: dict(given)}


def _name(number: int) -> str:
    return f"case-{number + 1}"
