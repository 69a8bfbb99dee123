"""build: everything in a commit becomes a static site.

The pages are made by `site`; what was signed is laid beside them byte for byte. "Now" is the last
event that the commit knows, so that the same commit always gives the same site, whatever stood in
its folder before. Where an earlier one did, only what has changed since is made.
"""

from __future__ import annotations

import gc
import hashlib
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.acts.build import choosing, overview
from jobtwin.acts.build.assembling import OURS, Work, assemble
from jobtwin.errors import Refused, UsageError
from jobtwin.site import signed
from jobtwin.site.transparency_page import NOT_A_REPORT, read_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.acts.build.earlier import Earlier
    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.transparency_page import Audited

_RECORDS = ("submissions", "grades", "credentials", "calibration", "outcomes")


@dataclass(frozen=True, slots=True)
class Built:
    """A finished site."""

    out: Path
    known: Earlier
    """What is remembered of it."""
    made: int
    """How many attempts, credentials of tracks, and learners were gone through for it."""

    @property
    def as_of(self) -> datetime:
        """The last event that it knows."""
        return self.known.as_of

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return self.known.pages()

    @property
    def credentials(self) -> tuple[str, ...]:
        """Ids of the credentials that have a page, sorted."""
        return tuple(sorted(self.known.index.entries))

    @property
    def served(self) -> frozenset[str]:
        """Paths below `out` of every file that is served as it is in git."""
        return frozenset(path for path, left in self.known.files() if left[2])

    @property
    def signed(self) -> dict[str, str]:
        """SHA-256 of every file that is served as it is in git, by its path; reads them all."""
        found = ((path, (self.out / path).read_bytes()) for path in sorted(self.served))
        return {path: f"sha256:{hashlib.sha256(content).hexdigest()}" for path, content in found}


def build(
    ledger: Ledger,
    out: Path,
    progress: Callable[[str], None] = lambda _: None,
    audited: bytes | None = None,
    *,
    workers: int = 1,
    anew: bool = False,
) -> Built:
    """Build the site of the ledger's commit into `out`, replacing a site that stands there.

    `progress` is told each step in a few words, `audited` is what `jobtwin audit --json` printed
    about the history up to that commit, or an earlier one. Of an earlier build by the same engine
    what still holds is kept, unless everything is wanted `anew`; the bytes are the same either
    way, and with any number of `workers`. Raises `UsageError` when `out` holds something else,
    `Refused` for a broken record or a report of another history, and `EngineError` when the site
    would not be whole.
    """
    out = out.absolute()
    if out.exists() and not (out / OURS).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} holds something that is not a site of ours", "name another --out")
    as_of = last_event(ledger)
    report = _report(ledger, audited) if audited else None
    progress("reading the records")
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        _no_search(),
        tempfile.TemporaryDirectory(dir=out.parent, prefix=".jobtwin-build-") as folder,
    ):
        has_archive = signed.has_archive(ledger)
        known = None if anew else choosing.before(ledger, out, as_of, has_archive, workers)
        found = overview.overview(ledger, as_of, report)
        built, made = assemble(Work(out, Path(folder), workers, progress), found, known)
    return Built(out, built, made)


@contextmanager
def _no_search() -> Iterator[None]:
    """Let Python look for no circles of objects: a build has none, and a fifth of one was looking.

    The processes that it starts do not look either.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()  # nor at the end, for what a build has left
            gc.enable()


def last_event(ledger: Ledger) -> datetime:
    """Return when the last record was added, or the commit was made where there are no records."""
    git, commit = ledger.tree.git, ledger.tree.commit
    seconds = git.text("log", "-1", "--format=%ct", commit, "--", *_RECORDS)
    seconds = seconds or git.text("log", "-1", "--format=%ct", commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def _report(ledger: Ledger, content: bytes) -> Audited:
    """Return the report of an audit; raises `Refused` when it is of another history."""
    found, commit = read_report(content), ledger.tree.commit
    if ledger.tree.git.attempt("merge-base", "--is-ancestor", found.commit, commit).returncode:
        raise Refused([NOT_A_REPORT.at(f"{found.commit[:40]} is no commit before {commit}")])
    return found
