"""audit: the whole history replayed; every ruling made again, the first divergence of each kind.

One pass over main's commits. Nothing of a secret is needed, nothing of the working tree is read.
From a given commit on, what the later ones touch is replayed from its beginning, and the rest of
what is before is read as it is.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.acts.audit import scope as scopes
from jobtwin.acts.audit.ahead import Guess, answered, is_wanted, keys_at
from jobtwin.acts.audit.answers import Answers
from jobtwin.acts.audit.attempts import Attempts
from jobtwin.acts.audit.calibrations import Calibrations
from jobtwin.acts.audit.credentials import Credentials
from jobtwin.acts.audit.endorsements import Endorsements
from jobtwin.acts.audit.hidden import HiddenGold
from jobtwin.acts.audit.organisation import Organisation
from jobtwin.acts.audit.outcomes import Outcomes
from jobtwin.acts.audit.packs import Packs
from jobtwin.acts.audit.report import Divergence, Notes, Report
from jobtwin.acts.audit.resuming import MOMENT, held_at, newest
from jobtwin.acts.audit.sharding import WHOLE
from jobtwin.records.calibration import Calibrated, Drifted, Handed, Retired
from jobtwin.records.credential import Issued, IssuedTrack, Revoked
from jobtwin.records.endorsement import Endorsed
from jobtwin.records.grade import Decision
from jobtwin.records.outcome import Asked, Attested, Consented
from jobtwin.records.submission import Received
from jobtwin.repository import history
from jobtwin.repository.ledger import Filed
from jobtwin.rules.ledger import check_record, digest
from jobtwin.rules.replay import clock, places
from jobtwin.rules.replay.files import WriteOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from jobtwin.acts.audit.resuming import Held
    from jobtwin.acts.audit.scope import Scope
    from jobtwin.acts.audit.sharding import Shard
    from jobtwin.findings import Finding
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.rules.replay.files import FileChange

__all__ = ["Divergence", "Report", "audit"]


def audit(  # noqa: PLR0913 - each is a choice of whoever audits
    git: Git,
    commit: str = "refs/heads/main",
    progress: Callable[[int, int], None] = lambda done, total: None,
    since: str | None = None,
    *,
    held: bool = False,
    workers: int = 1,
    shard: Shard = WHOLE,
    keys: Mapping[str, bytes] | None = None,
) -> Report:
    """Replay a history from its first commit; raises `GitError` when it cannot be read.

    `progress` is told how many commits of how many are done. With `since`, the commits after that
    one are judged, and the attempts, mentors and credentials that they touch are replayed from
    their beginning; raises `Refused` when it is not in the history. Forty zeros mean everything.
    When it is known to have `held` up to there, what is before is read as it stands, and nothing
    of it is judged again. `workers` are processes that answer ahead what files say by themselves;
    none with 1. Of a `shard`, only its part is judged: `merging.merge` makes the whole of all.
    `keys` are those of sealed cohorts that the auditor holds: their boxes are opened then.
    """
    with history.Objects(git) as objects:
        scope = scopes.since(git, objects, since, commit) if since else None
        replay = _Replay(git, objects, Notes(shard), scope, keys or {})
        if scope and held:
            replay.resume(held_at(git, objects, scope))
            commit = f"{scope.since}..{commit}"
        total = history.count(git, commit)
        for done, item in enumerate(replay.ahead(commit, 1 if held else workers), start=1):
            replay.take(item)
            progress(done, total)
        replay.conclude()
    return replay.notes.report(replay.unchecked())


class _Replay:
    """Where the replay is: what is on main after the last commit that was taken."""

    def __init__(
        self,
        git: Git,
        objects: Objects,
        notes: Notes,
        scope: Scope | None,
        keys: Mapping[str, bytes],
    ) -> None:
        self.git = git
        self.objects = objects
        self.notes = notes
        self.scope = scope
        self.taken = 0
        """How many records were taken as they are."""
        self.files = WriteOnce()
        self.answers = Answers()
        self.organisation = Organisation(objects, notes, self.answers)
        self.packs = Packs(self.organisation, objects, notes, keys)
        self.attempts = Attempts(self.organisation, objects, notes, self.packs, keys=keys)
        self.calibrations = Calibrations(self.organisation, objects, notes)
        self.attempts.queue.is_whole = scope is None
        self.hidden = HiddenGold(self.attempts, self.calibrations)
        self.credentials = Credentials(git, self.attempts, notes)
        self.outcomes = Outcomes(self.organisation, objects, notes)
        self.endorsements = Endorsements(git, notes)
        self.tips: dict[str, tuple[str, datetime]] = {}
        self.latest: datetime | None = None
        self.parent: datetime | None = None

    def ahead(self, commit: str, workers: int) -> Iterator[Commit]:
        """Yield the commits up to one, with what they added at hand."""
        walked = history.walk(self.git, commit)
        if workers == 1:
            return history.ahead(walked, self.objects, is_wanted)
        guess = Guess(workers, keys_at(self.git, commit), self.notes.shard)
        return answered(self.git, walked, self.objects, self.answers, guess)

    def resume(self, held: Held) -> None:
        """Take what was on main at a commit as it is."""
        self.files.present = held.present
        self.credentials.places.update(held.places)
        with self.notes.quiet():
            self.take(held.commit)
        self.taken = len(held.present)
        skew = self.organisation.skew(held.commit.at)
        self.parent, self.latest = newest(self.git, self.objects, held.commit.id, skew)

    def take(self, commit: Commit) -> None:
        """Judge a commit by everything before it."""
        self.notes.commit = commit.id
        self.notes.at += 1
        self.notes.turn(commit.id)
        with self._before(commit):
            self.notes.count("commits")
            skew = self.organisation.skew(commit.at)
            self.notes.take(clock.check_commit(commit.at, self.parent, skew, commit.id))
            self.parent = max(commit.at, self.parent) if self.parent else commit.at
            self.notes.take(list(self.files.check(commit.changes)))
            self.organisation.follow(commit, self.latest is not None)
            self.packs.follow(commit)
            self.calibrations.follow(commit)
            self.outcomes.follow(commit)
        records, files = self._read(commit)
        named: dict[str, str] = {}
        for chain, filed in self._in_order(records):
            self._judge(commit, chain, filed, files)
            named |= places.attachments(filed.record, filed.path)
            if isinstance(filed.record, Received):
                copies = places.copies(filed.record, filed.path)
                named |= {path: hashed for path, hashed in copies.items() if path in files}
        self.notes.turn(commit.id)
        self.notes.take(self._check_named(named, files))
        self.attempts.reveal()
        self.calibrations.reveal()
        self.hidden.reveal(commit.id)
        self.credentials.finish(commit.id, files)
        self.endorsements.finish(commit.id, files)

    def conclude(self) -> None:
        """Check what must hold at the end."""
        self.packs.conclude()
        if self.scope is None or self.scope.lists:
            self.credentials.conclude()

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield what could not be checked yet, or not in this clone."""
        if self.scope:
            yield (
                (
                    f"What happened up to commit {self.scope.since}: {{n}} record(s) of before "
                    "that nothing later touches, taken as found. Audit the whole for them."
                ),
                self.taken,
            )
        for cohort, starts in self.attempts.seeds_open.items():
            yield (
                (
                    f"Not yet checkable: the seeds of {{n}} attempt(s) of cohort {cohort}, "
                    "until its secret is revealed."
                ),
                len(starts),
            )
        yield from self.attempts.queue.unchecked()
        yield from self.calibrations.unchecked()
        yield from self.hidden.unchecked()
        yield from self.outcomes.unchecked()
        yield from self.attempts.sealed.unchecked()
        yield from self.packs.unchecked()

    def _read(self, commit: Commit) -> tuple[list[Filed[LedgerRecord]], dict[str, bytes]]:
        """Return the records that a commit added, and the other files of write-once folders."""
        records: list[Filed[LedgerRecord]] = []
        files: dict[str, bytes] = {}
        for change in commit.changes:
            if not is_wanted(change):
                continue
            content = self.objects.blob(change.blob) or b""
            self.notes.turn(change.path)
            if self.scope and self._is_before(commit) and not self.scope.is_judged(change.path):
                self._remember(self.scope, change, content)
                continue
            model = places.model_at(change.path)
            if model is None:
                files[change.path] = content
                self.notes.count("files that records name")
            elif record := self.organisation.read(model, content, change.path):
                records.append(Filed(change.path, self.answers.of(digest, content), record))
        return records, files

    def _is_before(self, commit: Commit) -> bool:
        return self.scope is not None and commit.id not in self.scope.after

    def _before(self, commit: Commit) -> AbstractContextManager[None]:
        """Note nothing while a commit of before is followed."""
        return self.notes.quiet() if self._is_before(commit) else nullcontext()

    def _remember(self, scope: Scope, change: FileChange, content: bytes) -> None:
        """Take a file of before as it is: its moment, and its place where that still matters."""
        model = places.model_at(change.path)
        if model is None:
            if scope.lists:
                self.credentials.remember_list(change.path, content)
            return
        self.taken += self.notes.is_mine
        if found := MOMENT.search(content):
            at = datetime.fromisoformat(found[1].decode("ascii"))
            self.latest = max(self.latest, at) if self.latest else at
        if scope.lists and model in (Issued, IssuedTrack, Revoked):
            with self.notes.quiet():
                record = self.organisation.read(model, content, change.path)
            if isinstance(record, Issued | IssuedTrack | Revoked):
                self.credentials.remember(record)

    def _check_named(
        self, named: Mapping[str, str], files: Mapping[str, bytes]
    ) -> Iterator[Finding]:
        """Yield what is wrong with the files of a commit beside its records."""
        for path, hashed in named.items():
            if path not in files:
                yield places.OTHER_CONTENT.at("its record names it, and it is not there", path)
            elif self.answers.of(digest, files[path]) != hashed:
                yield places.OTHER_CONTENT.at(f"its record names {hashed}", path)
        for path in files:
            if path not in named and not places.has_own_rules(path):
                yield places.NO_RECORD.at("no record of its commit names it", path)

    def _in_order(
        self, records: list[Filed[LedgerRecord]]
    ) -> Iterator[tuple[str, Filed[LedgerRecord]]]:
        """Yield a commit's records with their chains, each after the one that it follows."""
        by_moment = sorted(records, key=lambda item: item.record.at)
        waiting = [(places.chain_of(item.record, item.path), item) for item in by_moment]
        while waiting:
            fits = (pair for pair in waiting if pair[1].record.previous == self._tip(*pair)[0])
            following = next(fits, waiting[0])
            waiting.remove(following)
            yield following

    def _tip(self, chain: str, filed: Filed[LedgerRecord]) -> tuple[str | None, datetime | None]:
        """Return digest and moment of the record that the next one of a chain follows."""
        if isinstance(filed.record, Issued) and chain not in self.tips:
            folder = self.attempts.by_id.get(filed.record.attempt, "")
            attempt = self.attempts.known.get(folder)
            decision = attempt.last(Decision) if attempt else None
            return (decision.digest, decision.record.at) if decision else (None, None)
        return self.tips.get(chain, (None, None))

    def _judge(
        self,
        commit: Commit,
        chain: str,
        filed: Filed[LedgerRecord],
        files: Mapping[str, bytes],
    ) -> None:
        record, path = filed.record, filed.path
        self.notes.turn(path)
        self.notes.count(f"records `{record.kind}`")
        tip, at = self._tip(chain, filed)
        previous = (tip, at) if tip and at else None
        holds = partial(self.answers.is_signed, filed.digest)
        self.notes.take(places.check_place(record, path))
        self.notes.take(check_record(record, path, self.organisation.keys(), previous, holds))
        skew = self.organisation.skew(commit.at)
        self.notes.take(clock.check_moment(record, path, commit.at, self.latest, skew))
        self.tips[chain] = (filed.digest, record.at)
        self.latest = max(self.latest, record.at) if self.latest else record.at
        match record:
            case Calibrated():
                self.attempts.calibrate(Filed(path, filed.digest, record))
                self.calibrations.calibrate(Filed(path, filed.digest, record), files)
            case Handed():
                self.calibrations.hand(Filed(path, filed.digest, record))
            case Drifted():
                self.attempts.queue.suspend(record)
                self.calibrations.drift(Filed(path, filed.digest, record))
                self.hidden.take(Filed(path, filed.digest, record))
            case Retired():
                pass  # what it opens is judged where the set is followed
            case Issued():
                self.credentials.take(Filed(path, filed.digest, record))
            case IssuedTrack():
                self.credentials.take(Filed(path, filed.digest, record))
            case Revoked():
                self.credentials.take(Filed(path, filed.digest, record))
            case Endorsed():
                self.endorsements.take(Filed(path, filed.digest, record))
            case Consented() | Asked() | Attested():
                self.outcomes.take(commit.id, Filed(path, filed.digest, record), files)
            case _:
                self.attempts.take(chain, filed, files)
