"""What a twin's harness is: pure functions over plain data, with the trust levels kept apart.

`twins/<twin>/harness/` is a package whose `__init__` offers the functions of `Harness`. `kit` and
`prepare` know the seeds and never see learner code. `run` (see `run.py`) runs learner code and
knows no answers. `score` knows the answers, runs nothing, and takes what came back as hostile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jobtwin.records.report import Plot

Files = Mapping[str, bytes]
"""Relative POSIX path → content. Regular files only."""

Json = Any
"""What `json.loads` returns."""

SERVICE_TRACE = "service"
"""The trace of what a command asked its service: `{"path", "status", "changed"}` per request."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a world is made from; 32 bytes each."""

    kit: bytes
    """Given to the learner, who generates the kit from it."""
    graded: bytes
    """The held-out seed; in `eval`, the public split derived from the kit seed."""
    pack: bytes = b""
    """What the cohort's private pack has for this twin, as YAML; empty without one, and in `eval`.
    No kit and no public split is drawn with it."""


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything the learner starts from."""

    files: Files
    """The repository as it is handed out: scaffold, dataset, incident log…"""
    facts: Mapping[str, str]
    """What the brief's template is filled with: names, numbers, times of this seed."""


@dataclass(frozen=True, slots=True)
class LearnerQuery:
    """A query that the learner wrote: the JSON value at `key` in the inbox file `path`."""

    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A server of ours that learner code may talk to, at `/run/peers/<name>.sock`.

    Its path is in `JOBTWIN_PEER_<NAME>`. It runs outside of the sandbox, and its own account of
    every request comes back as a trace.
    """

    name: str
    """Lower-case letters."""
    kind: str
    """What `python -m jobtwin.llm` serves: `llm`, whose `settings` may hold a `tier`, or
    `feature`, which `settings` describe."""
    seed: bytes
    settings: Json = None
    scale: float = 1.0
    """How much of the modelled time is really waited."""
    requests: int | None = None
    """How many it answers; it turns the next away. None for as many as a trace can hold."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service to start in a sandbox of its own and to ask over a unix socket."""

    id: str
    """Opaque: whoever runs the plan must not be able to tell what the variant is."""
    files: Files | None
    """The code; None means the learner's snapshot."""
    data: Files
    """Mounted read-only at `/data`."""
    queries: tuple[Json, ...] = ()
    """Sent as the body of POST `ask_path`, in order, one at a time."""
    learner_query: LearnerQuery | None = None
    """Sent last, if the learner's file holds it."""
    arrivals: tuple[float, ...] = ()
    """Seconds from the start at which each query is sent, whatever became of those before it (an
    open loop); empty: one at a time. Latency then counts from the arrival."""
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True, slots=True)
class TestRun:
    """The learner's own tests, in a sandbox apart, talking to the service `service`."""

    __test__ = False

    id: str
    service: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the answers that a command gets from a service, by our own hand.

    Of the answers to POST requests, in their order, every `one_in`th is changed, `most` at most.
    """

    kind: str
    """One of `faults.KINDS`."""
    one_in: int = 1
    most: int = 1_000_000
    delay_ms: int = 0
    """For `slow`."""


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A command of the learner's, run once; it writes its result to a file."""

    id: str
    arguments: tuple[str, ...]
    """The words behind the twin's own command; `/out` is a folder that it may write."""
    data: Files
    """Mounted read-only at `/data`."""
    output: str
    """The file below `/out` that is read as JSON, at most 1 MiB and 32 levels deep."""
    seconds: float
    peers: tuple[Peer, ...] = ()
    needs: str | None = None
    """A command before it in the plan, whose output then stands at `/data/<its output>`. Where that
    one did not end well, this one is not run."""
    service: str | None = None
    """A service of the plan, started anew for this command, which reaches it at `JOBTWIN_SOCKET`
    through a go-between of ours. Its account is the trace `SERVICE_TRACE`."""
    fault: Fault | None = None
    """What the go-between does to the answers; the command cannot see whether it does anything."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A look at the service that the learner deployed, over https, by a job without any secret.

    The twin's `ready_path` is asked with `?nonce=` and answers with nonce and commit; then the
    queries are sent as to a service in the sandbox.
    """

    id: str
    file: str
    """The JSON file of the submission whose `url` says where it is."""
    nonce: str
    queries: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `prepare` writes and `run` carries out. Holds no expectation."""

    services: tuple[Service, ...]
    test_runs: tuple[TestRun, ...] = ()
    commands: tuple[CommandRun, ...] = ()
    probes: tuple[Probe, ...] = ()


class Outcome(StrEnum):
    """How one thing that was run ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    INVALID = "invalid"
    """It answered, but not as the contract says (too large, not JSON, wrong status)."""
    CRASHED = "crashed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered to one query."""

    outcome: Outcome
    body: Json = None
    """Present when `outcome` is OK: hostile, at most 1 MiB and 32 levels deep."""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceReturn:
    """What came back from one service; `answers` are in the order of its queries."""

    outcome: Outcome
    answers: tuple[Answer, ...] = ()
    learner_answer: Answer | None = None
    detail: str = ""
    """Printable words about a failure, at most 2,000 characters, from our side of the wall."""
    traces: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Peer → its own account, a line for each request. Ours: not hostile."""
    noise_ms: float = 0.0
    """How late this machine was at worst (p99) while no learner code ran; 0 if not measured."""


@dataclass(frozen=True, slots=True)
class CommandReturn:
    """What came back from a command."""

    outcome: Outcome
    output: Json = None
    """Present when `outcome` is OK: hostile."""
    detail: str = ""
    traces: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TestReturn:
    """Only the exit status of a test run leaves its sandbox."""

    __test__ = False

    outcome: Outcome
    exit_status: int | None = None


@dataclass(frozen=True, slots=True)
class ProbeReturn:
    """What a deployed service answered; `answers` are in the order of the queries."""

    outcome: Outcome
    """OK: it answered with the nonce."""
    commit: str = ""
    """What it says it runs: hexadecimal digits, or nothing."""
    answers: tuple[Answer, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What `run` brings back, by the ids of the plan."""

    services: Mapping[str, ServiceReturn]
    tests: Mapping[str, TestReturn] = field(default_factory=dict)
    commands: Mapping[str, CommandReturn] = field(default_factory=dict)
    probes: Mapping[str, ProbeReturn] = field(default_factory=dict)
    """Empty where nobody asked, as in `eval`."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server saw at one moment: its clock, never the learner's."""

    at: datetime
    minutes: float
    """Minutes since the attempt started."""
    files: Mapping[str, str]
    """Every inbox file at that moment → SHA-256 of its content, in hex."""
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What the learner handed in, as data."""

    files: Files
    """The snapshot of the repository at its pinned commit."""
    inbox: Files = field(default_factory=dict)
    """Files of the pull request's inbox (kit folder `inbox/`), as last received in time."""
    receipts: tuple[Receipt, ...] = ()
    """Empty in `eval`: there is no server then."""
    commit: str = ""
    """The commit that was handed in; empty in `eval`, which takes a folder as it is."""


@dataclass(frozen=True, slots=True)
class Score:
    """What the machine measured."""

    metrics: Mapping[str, float]
    """Finite numbers by the ids that twin.yml declares, every one of them."""
    notes: tuple[str, ...] = ()
    """Sentences for the learner and the mentor: what failed and how it showed."""
    report: tuple[Plot, ...] = ()
    """What the report's plots are made of, besides `metrics`: nothing that a learner wrote."""


@dataclass(frozen=True, slots=True)
class GoldItem:
    """A pre-scored submission: a real artifact whose seeded defects cost what they should."""

    files: Files
    scores: Mapping[str, float]
    """Reference score per rubric dimension, on the 0.05 grid."""
    defects: tuple[str, ...]


class Harness(Protocol):
    """The functions that a twin's `harness` package offers."""

    def kit(self, kit_seed: bytes) -> Kit:
        """Return what the learner starts from; the same everywhere for the same seed."""

    def prepare(self, seeds: Seeds) -> Plan:
        """Return what to run and to ask; never what to expect."""

    def score(self, seeds: Seeds, returned: Returned, submission: Submission) -> Score:
        """Measure what came back. Treats everything in it as hostile and never raises for it.

        `NothingMeasured` says that this machine was not fit to measure by, too noisy for example;
        nothing that a learner can cause may raise it.
        """

    def gold(self, seed: bytes, count: int) -> tuple[GoldItem, ...]:
        """Return `count` pre-scored submissions with planned level proportions."""


class TakesPacks(Harness, Protocol):
    """A harness whose graded worlds can be drawn with a cohort's private pack."""

    def check_pack(self, content: bytes) -> None:
        """Raise `Refused`, with every finding, where no world can be drawn with this content."""
