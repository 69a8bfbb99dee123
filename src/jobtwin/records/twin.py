"""twin.yml: everything a brief shows and everything the engine needs to run the twin.

See `twins/README.md`. What must agree between its parts (weights, ids, metrics) is `rules.twins`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jobtwin.records.base import Line, Part, Record, RelativePath, Slug, Symbol, Text, TwinId

Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Unit = Literal["fraction", "minutes", "milliseconds", "count", "usd"]
Command = Annotated[tuple[Line, ...], Field(min_length=1)]
FailureModeId = Annotated[str, StringConstraints(pattern=r"^F[1-9][0-9]?$")]
InboxPattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9*][A-Za-z0-9._*-]*)?$")
]


ReceiptMeasure = Annotated[
    str,
    StringConstraints(
        pattern=r"^(pushes|self_checks|checkpoint:[a-z0-9-]+|file:[A-Za-z0-9][A-Za-z0-9._*/-]*)$",
        max_length=120,
    ),
]
"""`pushes`, `self_checks`, `checkpoint:<id>`, or `file:<pattern>` of the inbox."""


class Constraints(Part):
    """What the work is bound by."""

    latency_budget: Line | None = None
    cost_ceiling: Line | None = None
    data_format: Line | None = None
    other: tuple[Text, ...] = ()


class Deliverable(Part):
    """One thing the learner hands back."""

    name: Line
    text: Text


class Checkpoint(Part):
    """One server-enforced deadline.

    It lies `minutes` after the start, or after the deadline of the checkpoint named in `after`.
    Without `minutes` it is the window in days that the cohort sets for the twin.
    """

    id: Slug
    title: Line
    after: Slug | None = None
    minutes: Annotated[int, Field(gt=0)] | None = None
    repository: bool = True
    """Whether the repository is handed in here, or only files of the inbox."""
    text: Text


class Dimension(Part):
    """One rubric dimension, with a descriptor for each of the levels 1 to 5."""

    id: Symbol
    title: Line
    weight: Annotated[float, Field(gt=0, le=1)]
    tests: Line
    levels: Annotated[tuple[Text, ...], Field(min_length=5, max_length=5)]
    figures: tuple[Symbol, ...] = ()
    """What the harness measures of it: evidence laid beside the mentor's score, never the score."""
    receipts: tuple[ReceiptMeasure, ...] = ()
    """What the server's receipts tell of it, laid beside the score as well."""


class FailureMode(Part):
    """A self-check that the learner answers before submitting."""

    id: FailureModeId
    question: Line
    kind: Literal["critical", "reflective"]


class Skill(Part):
    """A skill on offer; a mentor asserts it with a weight up to the ceiling."""

    id: Symbol
    title: Line
    ceiling: Annotated[float, Field(gt=0, le=1)]


class Metric(Part):
    """A figure that the harness measures."""

    id: Symbol
    title: Line
    unit: Unit
    meaning: Text


class Bar(Part):
    """One line of the quantitative bar."""

    metric: Symbol
    comparator: Literal[">=", "<="]
    value: float


class InboxFile(Part):
    """A file, besides the checkpoint files, that the pull request's inbox may hold."""

    pattern: InboxPattern
    what: Line
    max_count: Annotated[int, Field(ge=1, le=100)] = 1
    max_kib: Annotated[int, Field(ge=1, le=256)] = 16
    by_comment: Text | None = None
    """What to write after `/status` in a comment on the pull request, which then is such a file
    until the first checkpoint closes; None where comments are not taken."""


class RunLimits(Part):
    """What one sandboxed process may use, and the code its breach is reported under."""

    wall_seconds: Annotated[int, Field(ge=1, le=3600)]
    cpu_seconds: Annotated[int, Field(ge=1, le=7200)]
    memory_mib: Annotated[int, Field(ge=32, le=16384)]
    processes: Annotated[int, Field(ge=1, le=512)]
    output_kib: Annotated[int, Field(ge=1, le=1024)]
    file_mib: Annotated[int, Field(ge=1, le=4096)]
    tmp_mib: Annotated[int, Field(ge=1, le=4096)]
    open_files: Annotated[int, Field(ge=16, le=4096)]


class SnapshotLimits(Part):
    """How large the submitted repository may be."""

    files: Annotated[int, Field(ge=1, le=20000)]
    mib: Annotated[int, Field(ge=1, le=200)]
    file_mib: Annotated[int, Field(ge=1, le=100)]


class Service(Part):
    """How the learner's service is started and asked."""

    command: Command
    ready_path: Line = "/healthz"
    ready_seconds: Annotated[int, Field(ge=1, le=900)]
    ask_path: Line = "/ask"
    query_seconds: Annotated[float, Field(gt=0, le=60)]
    answer_kib: Annotated[int, Field(ge=1, le=1024)]


class Tests(Part):
    """How the learner's own tests are run."""

    __test__ = False

    command: Command
    seconds: Annotated[int, Field(ge=1, le=900)]


class Environment(Part):
    """What learner code finds installed: wheels by hash, and allow-listed system packages."""

    lock: RelativePath
    system_packages: tuple[Line, ...] = ()


class Container(Part):
    """A gate outside of the sandbox: the submission's `Dockerfile` is built, and what it makes run.

    It runs without network, on a root that cannot be written, and never as root.
    """

    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    """Told to the container in the variable `PORT`."""
    ready_path: Line = "/healthz"
    ready_seconds: Annotated[int, Field(ge=1, le=300)] = 60
    stop_seconds: Annotated[int, Field(ge=1, le=60)] = 10
    """How long it may take to end by itself after SIGTERM."""
    build_seconds: Annotated[int, Field(ge=1, le=1800)] = 900
    image_mib: Annotated[int, Field(ge=1, le=8192)] = 2048
    memory_mib: Annotated[int, Field(ge=16, le=8192)] = 1024


class Artifact(Part):
    """A gate outside of the sandbox: what the learner published, fetched twice without logging in.

    `file` of the submission is JSON and says its `url` and its `sha256`.
    """

    file: RelativePath = "artifact.json"
    mib: Annotated[int, Field(ge=1, le=100)] = 25
    again_seconds: Annotated[int, Field(ge=0, le=300)] = 60
    """How long after the first time it is fetched again."""


class ReportForm(Part):
    """What the report of an evaluation is called."""

    name: Slug = "evaluation"
    """The file's name without its ending."""
    title: Line = "What the machine measured"


class Harness(Part):
    """How the artifact is run and measured: as a service, by its own tests, or by a command."""

    service: Service | None = None
    tests: Tests | None = None
    command: Command | None = None
    """Where a plan has commands of the learner's: the words in front of their arguments."""
    at_once: Annotated[int, Field(ge=1, le=8)] = 2
    """How many sandboxes run side by side; 1 where latency is measured."""
    environment: Environment
    limits: RunLimits
    snapshot: SnapshotLimits
    container: Container | None = None
    artifact: Artifact | None = None
    report: ReportForm = ReportForm()
    """Where `evaluation` and its title say too little: `retrieval-quality`."""


class Twin(Record):
    """A Job Twin as its brief shows it."""

    id: TwinId
    version: Version
    title: Line
    label: Line
    week: Annotated[int, Field(ge=1, le=52)] | None = None
    company: Line
    team: Text
    scenario: Text
    acceptance: Annotated[tuple[Text, ...], Field(min_length=1)]
    constraints: Constraints
    deliverables: Annotated[tuple[Deliverable, ...], Field(min_length=1)]
    materials: Annotated[tuple[Text, ...], Field(min_length=1)]
    focused_hours: Annotated[int, Field(ge=1, le=400)] | None = None
    time_box: Line
    checkpoints: Annotated[tuple[Checkpoint, ...], Field(min_length=1)]
    submission_modes: Annotated[tuple[Literal["repo_url", "file_upload"], ...], Field(min_length=1)]
    rubric: Annotated[tuple[Dimension, ...], Field(min_length=5, max_length=7)]
    pass_threshold: Fraction
    failure_modes: Annotated[tuple[FailureMode, ...], Field(min_length=1)]
    skills: Annotated[tuple[Skill, ...], Field(min_length=1)]
    mentor_sla_hours: Annotated[int, Field(ge=1, le=1000)]
    reviewers: Literal[1, 2]
    reattempts: Annotated[int, Field(ge=0, le=100)] | Literal["unlimited"]
    reattempts_note: Line
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    bar: Annotated[tuple[Bar, ...], Field(min_length=1)]
    inbox: tuple[InboxFile, ...] = ()
    harness: Harness | None = None
    """None while the twin cannot be started yet; `check` says so."""

    @property
    def report(self) -> ReportForm:
        """What the report of its evaluation is called."""
        return self.harness.report if self.harness else ReportForm()

    def dimension(self, name: str) -> Dimension | None:
        """Return the dimension with this id, if there is one."""
        return next((item for item in self.rubric if item.id == name), None)

    def skill(self, name: str) -> Skill | None:
        """Return the skill with this id, if there is one."""
        return next((item for item in self.skills if item.id == name), None)
