"""The pages that stand for themselves: each of one attempt, of a track's credential, of a learner.

What a unit is made from are its own records and what all units have in common, and nothing else:
so it is made again only when one of these has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.acts.build.facts import Facts, facts
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.grade import Claim
from jobtwin.records.report import read
from jobtwin.repository import cases, learners, reports
from jobtwin.site import dossiers
from jobtwin.site.attempt_page import attempt_page
from jobtwin.site.credential_page import credential_page
from jobtwin.site.learner_page import learner_page
from jobtwin.site.previews import previews
from jobtwin.site.report_page import shown
from jobtwin.site.track_credential_page import track_credential_page
from jobtwin.site.track_dossiers import track_dossier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.acts.build.index import Index
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.standing import Case, Place
    from jobtwin.site.credential_page import Dossier, Page
    from jobtwin.site.dossiers import Shared
    from jobtwin.site.previews import Previews
    from jobtwin.site.report_page import Shown
    from jobtwin.site.shell import Shell

_UNLISTED = '<meta name="robots" content="noindex">'
_SIGNED = (
    '<link rel="alternate" type="application/vc" href="credential.json">'
    '<script src="../../../javascripts/holder.js" defer></script>'
    '<script src="../../../javascripts/wallet.js" defer></script>'
    '<script src="../../../javascripts/bundle.js" defer></script>'
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all units of a commit have in common."""

    ledger: Ledger
    index: Index
    as_of: datetime
    common: Shared
    place: Place
    shell: Shell
    previews: Previews

    def page(self, folder: str, page: Page, head: str = "") -> dict[str, bytes]:
        """Return a page in the theme's shell by its path."""
        tags = self.previews.tags(folder, page.title, page.description, page.picture)
        return {f"{folder}/index.html": self.shell.fill(page, _UNLISTED + head + tags + page.head)}

    def address(self, credential: str) -> str:
        """Return where a credential is shown."""
        return layout.credential_page(self.ledger.issuer.url, credential)


def setting_of(
    ledger: Ledger, index: Index, as_of: datetime, common: Shared, shell: Shell
) -> Setting:
    """Return the setting of a commit's units; raises `Refused` for a broken record."""
    shown = previews(ledger, ledger.issuer)
    return Setting(ledger, index, as_of, common, cases.place(ledger), shell, shown)


@dataclass(frozen=True, slots=True)
class Made:
    """What a unit consists of."""

    pages: dict[str, bytes]
    """By their paths below the site's root."""
    signed: dict[str, bytes]
    """What is served as git has it, likewise."""
    facts: Facts | None = None
    """Of an attempt."""


def of_attempt(setting: Setting, twin: str, attempt_id: str) -> Made:
    """Return an attempt's page, and all of its credential if it has one."""
    ledger, attempt = setting.ledger, _attempt(setting.ledger, twin, attempt_id)
    credential = setting.index.of_attempt.get(attempt_id)
    track = setting.index.track_of.get(attempt_id)
    case = cases.case(
        ledger,
        attempt,
        setting.as_of,
        setting.place,
        credential=setting.address(credential) if credential else None,
        track=setting.address(track) if track else None,
    )
    signed: dict[str, bytes] = {}
    dossier = None
    if credential:
        dossier, signed = _dossier(setting, attempt, credential)
    now, until = _quiet(attempt, case, dossier, setting.as_of)
    folder = layout.attempt_page(attempt_id)
    plots = _plots(ledger, attempt)
    pages = setting.page(folder, attempt_page(replace(case, now=now), plots))
    if dossier:
        folder = layout.credential(dossier.id)
        pages |= setting.page(folder, credential_page(dossier, now), _SIGNED)
    return Made(pages, signed, facts(attempt, now, until))


def of_track(setting: Setting, credential: str) -> Made:
    """Return all of a track's credential."""
    parts = {}
    for part in setting.index.entries[credential].parts:
        entry = setting.index.entries.get(part)
        if entry and entry.attempt:
            attempt = _found(setting.ledger, entry.attempt)
            parts[part] = _dossier(setting, attempt, part)[0]
    later = setting.index.later.get(credential)
    dossier, signed = track_dossier(setting.ledger, setting.common, credential, parts, later)
    folder = layout.credential(credential)
    return Made(setting.page(folder, track_credential_page(dossier), _SIGNED), signed)


def of_learner(setting: Setting, subject: str, attempts: Sequence[tuple[str, str]]) -> Made:
    """Return the page of a learner who asked for one; `attempts` are (twin, id)."""
    found = [_attempt(setting.ledger, twin, name) for twin, name in attempts]
    shown_at = {
        name: setting.address(credential)
        for _, name in attempts
        if (credential := setting.index.of_attempt.get(name))
    }
    entries = learners.entries(setting.ledger, found, shown_at, setting.as_of)
    return Made(setting.page(layout.learner_page(subject), learner_page(subject, entries)), {})


def _dossier(
    setting: Setting, attempt: Attempt, credential: str
) -> tuple[Dossier, dict[str, bytes]]:
    later = setting.index.later.get(credential)
    return dossiers.dossier(setting.ledger, setting.common, attempt, credential, later)


def _attempt(ledger: Ledger, twin: str, attempt_id: str) -> Attempt:
    found = ledger.attempt(twin, attempt_id)
    if found is None:
        raise EngineError(f"attempt {attempt_id} is not there", "run `jobtwin audit`")
    return found


def _found(ledger: Ledger, attempt_id: str) -> Attempt:
    for twin in ledger.tree.names("submissions"):
        if ledger.tree.read(layout.started(twin, attempt_id)) is not None:
            return _attempt(ledger, twin, attempt_id)
    raise EngineError(f"attempt {attempt_id} is not there", "run `jobtwin audit`")


def _plots(ledger: Ledger, attempt: Attempt) -> tuple[Shown, ...]:
    content = reports.report(ledger, attempt)
    return shown(read(content)) if content else ()


def _quiet(
    attempt: Attempt, case: Case, dossier: Dossier | None, as_of: datetime
) -> tuple[datetime, datetime | None]:
    """Return since when nothing has changed in what is said of an attempt, and until when.

    Between two builds mostly nothing has. Were a page told the moment of each build, every build
    would change every page.
    """
    second = timedelta(seconds=1)
    # What holds "until" a moment does so at it, and what holds "after" it a second later.
    dues = {item.record.due for item in attempt.all(Claim)}
    turns = {
        at + after for at in dues.union(_turns(case, dossier)) for after in (timedelta(0), second)
    }
    records = [item.record.at for item in attempt.chain]
    if dossier:
        records += [item.at for item in (*dossier.issued, dossier.revoked) if item]
    now = max(*records, *(at for at in turns if at <= as_of), records[0])
    return now, min((at for at in turns if at > as_of), default=None)


def _turns(case: Case, dossier: Dossier | None) -> Iterator[datetime]:
    """Yield the moments at which time alone changes what is said of an attempt."""
    grace = timedelta(seconds=case.grace_seconds)
    for deadline in case.started.deadlines:
        yield from (deadline.at, deadline.at + grace)
    yield from (claim.due for _, claim in case.claims)
    if case.decision and case.appeal_days is not None:
        yield case.decision.at + timedelta(days=case.appeal_days)
    if dossier and dossier.outcome:
        yield dossier.outcome.asked.answer_by
