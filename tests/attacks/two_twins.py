"""An organisation with a track of two small twins, and a learner who clears them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.attacks.history import MENTOR, Play
from tests.conftest import PROJECT, START

from jobtwin.acts.issue import approved, batch, issue
from jobtwin.acts.revoke import revoke
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Evidence, SkillAssertion
from jobtwin.records.organisation import Cohort, Mentor
from jobtwin.records.track import Track, TrackTwin
from jobtwin.repository import append, ssh
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

FIRST, SECOND = "jt-first-1", "jt-second-2"
TRACK = "two-twins"
LEA, BEN = Account(1001, "lea"), Account(1002, "ben")
BLIND = Account(502, "max")
SKILL = "llm.ops.incident-response"


def small_twin(twin: str, title: str) -> dict[str, bytes]:
    """Return the incident twin's files under another name, with three retakes."""
    folder = PROJECT / "twins" / "jt-incident-4"
    files = {
        f"twins/{twin}/{path.relative_to(folder)}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    text = files[layout.twin(twin)].decode("utf-8")
    for old, new in (
        ("id: jt-incident-4\n", f"id: {twin}\n"),
        ("title: Job Twin 4 — Live incident response\n", f"title: {title}\n"),
        ("reattempts: 1\n", "reattempts: 3\n"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return files | {layout.twin(twin): text.encode("utf-8")}


def track() -> Track:
    """Return the track of the two twins."""
    parts = (
        TrackTwin(twin=twin, week=12, title=title, short=title, summary=f"{title} part.")
        for twin, title in ((FIRST, "The first"), (SECOND, "The second"))
    )
    return Track(
        format=1,
        id=TRACK,
        title="Two Twins Track",
        weeks=14,
        summary="A track for tests.",
        twins=tuple(parts),
    )


def files() -> dict[str, bytes]:
    """Return what the organisation has besides the project's own twins."""
    drawn = PROJECT / "tracks" / "production-ai-engineer"
    badges = {f"tracks/{TRACK}/{path.name}": path.read_bytes() for path in drawn.glob("badge.*")}
    twins = small_twin(FIRST, "The first twin") | small_twin(SECOND, "The second twin")
    return twins | badges | {layout.track(TRACK): write(track())}


class TwoTwins(Play):
    """Plays learners through the track; everything is done by the acts themselves."""

    skills = (
        SkillAssertion(id=SKILL, weight=0.75, evidence=(Evidence(file="src/app.py", line=1),)),
    )

    def __init__(self, root: Path, more: dict[str, bytes] | None = None) -> None:
        self.opened = 0
        super().__init__(root, files() | (more or {}))
        ssh.make_key(self.keys / "max", "max@people.invalid")
        blind = Mentor(
            format=1,
            id="max",
            name="Max",
            key=ssh.public_key(self.keys / "max.pub"),
            since=START,
            account=seeds.subject(self.holders.subject, BLIND.number),
        )
        content = {layout.mentor("max"): write(blind)}
        append.add(self.forge.origin, content, "A mentor", self.forge.now)

    def cohort(self) -> Cohort:
        return super().cohort().model_copy(update={"track": TRACK})

    def calibrated(self) -> TwoTwins:
        """Calibrate both mentors for both twins."""
        for self.twin in (FIRST, SECOND):
            self.mentor = MENTOR
            self.calibrate()
            self.mentor = BLIND
            self.calibrate(seal=False)
        return self

    def passes(self, learner: Account, twin: str, score: float = 0.75, nth: int = 1) -> str:
        """Play an attempt to its decision; later ones are graded blind, by the other mentor."""
        self.twin, self.score = twin, score
        self.mentor = MENTOR if nth == 1 else BLIND
        self.opened += 1
        return self.pass_one(learner, self.opened, nth)

    def issues(self) -> Effects:
        """List what is due, and sign exactly that."""
        listed = self.ledger(batch)
        event = self.forge.dispatch()
        return self.act(
            event,
            lambda ledger: issue(event, ledger, self.holders, approved(ledger, listed.digest)),
        )

    def revokes(self, credential: str, reason: str = "The work was another's.") -> Effects:
        event = self.forge.dispatch()
        return self.act(
            event,
            lambda ledger: revoke(event, ledger, self.holders, credential, reason, event.at),
        )

    def ledger(self, read: Callable[[Ledger], Any]) -> Any:
        """Return what a function finds in the records as main has them now."""
        with Tree(self.forge.origin, "refs/heads/main") as tree:
            return read(Ledger(tree))

    def credential(self, attempt: str) -> str:
        return seeds.credential(self.holders.subject, attempt)

    def track_credential(self, learner: Account, number: int = 1) -> str:
        subject = seeds.subject(self.holders.subject, learner.number)
        return seeds.track_credential(self.holders.subject, subject, TRACK, number)
