"""What one approval signs: the decisions that are due, and what a stolen key had signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.issue import track
from jobtwin.acts.issue.binding import bound, rests_on
from jobtwin.acts.issue.lists import stale
from jobtwin.credential.jsonbytes import jcs
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.grade import Decision
from jobtwin.repository import queues
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.acts.issue.track import DueTrack
    from jobtwin.records.credential import Issued, IssuedTrack
    from jobtwin.repository.ledger import Attempt, Filed

OTHER_BATCH = Code(
    "ISS-001",
    "this is not the batch that was approved",
    why="A person approved the decisions of a list; nothing else is ever signed on that word.",
    fix="List again what is due, and have that batch approved.",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is due at a commit: what one approval signs."""

    commit: str
    due: tuple[tuple[Attempt, Filed[Decision]], ...]
    again: tuple[Filed[Issued] | Filed[IssuedTrack], ...] = ()
    """Credentials that a compromised key had signed or that say too much, by their last records."""
    lists: tuple[int, ...] = ()
    """Status lists whose latest version no key in force has signed."""
    tracks: tuple[DueTrack, ...] = ()
    """Tracks that learners have cleared."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to sign."""
        return not (self.due or self.again or self.lists or self.tracks)

    @property
    def decisions(self) -> frozenset[str]:
        """The digests of the decisions."""
        return frozenset(decision.digest for _, decision in self.due)

    @property
    def named(self) -> frozenset[str]:
        """The digests of decisions, of cleared tracks, and of records that are followed by one."""
        followed = {issued.digest for issued in self.again}
        return self.decisions | followed | {found.digest for found in self.tracks}

    @property
    def digest(self) -> str:
        """The digest of the whole, which is approved; the same for the same decisions."""
        data: dict[str, object] = {"format": 1, "issue": sorted(self.decisions)}
        if self.again:
            data["again"] = sorted(issued.digest for issued in self.again)
        if self.lists:
            data["lists"] = sorted(self.lists)
        if self.tracks:
            data["tracks"] = sorted(found.digest for found in self.tracks)
        return digest(jcs(data))


def batch(ledger: Ledger) -> Batch:
    """Return what is due; needs no secret."""
    exposed = tuple(again(ledger))
    tracks = track.again(ledger, {filed.record.credential for filed in exposed})
    return Batch(
        commit=ledger.tree.commit,
        due=tuple(due(ledger)),
        again=(*exposed, *tracks),
        lists=tuple(stale(ledger)),
        tracks=tuple(track.due_tracks(ledger)),
    )


def approved(ledger: Ledger, wanted: str, commit: str | None = None) -> frozenset[str]:
    """Return what the approved batch `wanted` names, as it was listed at `commit`.

    Raises `Refused` when that commit is not in main's history, lists another batch, or names a
    decision or a credential's record that does not stand any more.
    """
    git, main = ledger.tree.git, ledger.tree.commit
    if commit is None:
        found = batch(ledger)
    elif git.attempt("merge-base", "--is-ancestor", "--end-of-options", commit, main).returncode:
        raise Refused([OTHER_BATCH.at(f"commit {ascii(commit)[1:41]} is not in main's history")])
    else:
        with Tree(git, commit) as tree:
            found = batch(Ledger(tree))
    if found.digest != wanted:
        message = f"{len(found.due)} decisions are due, as {found.digest}"
        raise Refused([OTHER_BATCH.at(message)])
    standing = {decision.digest for _, decision in passed(ledger)}
    standing |= {f.digest for name in ledger.credentials() for f in ledger.issued_any(name)}
    # A track that is cleared no more is not due any more, so it is not signed anyway.
    standing |= {cleared.digest for cleared in found.tracks}
    if gone := sorted(found.named - standing):
        raise Refused([OTHER_BATCH.at(f"{name} does not stand any more") for name in gone])
    return found.named


def due(ledger: Ledger) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield the attempts whose passing decision binds and has no credential yet.

    Needs no secret: a credential's record names its attempt.
    """
    credited = {
        item.record.attempt for name in ledger.credentials() for item in ledger.issued(name)
    }
    for attempt, decision in bound(ledger):
        if attempt.id not in credited:
            yield attempt, decision


def due_to_learners(ledger: Ledger, secret: bytes) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield what is due, without what carriers of hidden gold handed in: that is nobody's work.

    Only who holds the subject `secret` can tell them apart.
    """
    for attempt, decision in due(ledger):
        if seeds.carrier(secret, attempt.started.subject) not in ledger.carriers:
            yield attempt, decision


def again(ledger: Ledger) -> Iterator[Filed[Issued]]:
    """Yield the latest record of each credential that has to be signed again.

    A compromised key has signed it, or others have read the work anew and say less. Only where a
    passing decision binds: what a thief has put here is not signed by another key.
    """
    issuer, keys = ledger.issuer, ledger.issuer_keys.keys
    withdrawn = {f"{issuer.did}#{key.fragment}" for key in keys if key.compromised}
    reopened = set(_reopened(ledger))
    if not withdrawn and not reopened:
        return
    standing = {attempt.id: attempt for attempt, _ in passed(ledger)}
    for latest in (ledger.issued(name)[-1:] for name in ledger.credentials()):
        for issued in latest:
            attempt = standing.get(issued.record.attempt)
            rests = rests_on(attempt, issued.record.decision) if attempt else None
            exposed = issued.record.verification_method in withdrawn
            if rests and (exposed or rests.digest != issued.record.decision):
                yield issued


def _reopened(ledger: Ledger) -> Iterator[str]:
    """Yield the attempts that were decided more than once since a mentor has drifted."""
    for twin in ledger.twins:
        for name in queues.ids(ledger, twin):
            if ledger.tree.read(layout.reopened(twin, name, 1)) is not None:
                yield name


def passed(ledger: Ledger) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield the attempts whose passing decision binds, or bound until a better one came."""
    standing = {attempt.id for attempt, _ in bound(ledger)}
    for twin in ledger.twins:
        for attempt in ledger.attempts(twin):
            decision = attempt.last(Decision)
            if decision is None or decision.record.verdict != "pass":
                continue
            if decision.record.best == attempt.id or attempt.id in standing:
                yield attempt, decision
