"""The pages that the generator renders: docs, twins, tracks, and what is counted over all attempts.

Figures are not given to the generator; they are put in afterwards, so that it has to run only when
something has changed that is written by people.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobtwin.acts.build import mentors
from jobtwin.errors import EngineError
from jobtwin.records import layout, measured
from jobtwin.records.organisation import CalibrationPolicy, QueuePolicy, VisibilityPolicy
from jobtwin.repository import incidents as incidents_of
from jobtwin.repository import queues
from jobtwin.rules import results, waits
from jobtwin.site import (
    analytics_page,
    changing,
    mentor_page,
    overview_pages,
    plots,
    queue_page,
    shell,
)
from jobtwin.site.incidents import incidents
from jobtwin.site.markup import minute
from jobtwin.site.navigation import navigation
from jobtwin.site.outcome import outcomes_page
from jobtwin.site.transparency_page import transparency_page
from jobtwin.site.twin_card import Card, attempts
from jobtwin.site.twin_page import twin_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobtwin.acts.build.facts import Facts
    from jobtwin.acts.build.index import Index
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger
    from jobtwin.rules.waits import Wait
    from jobtwin.site.queue_page import QueueRow
    from jobtwin.site.transparency_page import Audited

CONFIGURATION = "mkdocs.yml"
PLOTS = "stylesheets/plots.css"
_WRITTEN = ("docs", CONFIGURATION, "twins", "tracks", "cohorts", "keys", "policy")
"""What the rendered pages are made from; records of what happened are not among it."""
_KNOWN = """## What this site knows

Everything that is recorded up to commit `{commit}`; the last event is of {at}. The same
commit is in [commit.txt](../commit.txt), beside the pages."""


@dataclass(frozen=True)
class Overview:
    """A commit as overview pages tell it."""

    ledger: Ledger
    as_of: datetime
    audited: Audited | None
    has_issuer: bool
    twins: Sequence[Twin]
    """In the order in which a cohort meets them, the capstone last."""
    mentors: Sequence[mentor_page.MentorHistory]
    index: Index | None = None
    facts: Mapping[str, Facts] = field(default_factory=dict)
    """Of every attempt, by its id; none while only headings are asked for."""

    def headings(self) -> dict[str, str]:
        """Return the pages of figures with marks in place of the figures, by their sources."""
        return {source: changing.divided(text)[0] for source, text in self.pages().items()}

    def parts(self) -> dict[str, list[str]]:
        """Return what goes into the places of the marks, as Markdown, by the pages' sources."""
        outcomes = {twin.id: found for twin, found in self._figures.twins}
        found = {source: changing.divided(text)[1] for source, text in self.pages().items()}
        return found | {
            f"twins/{twin.id}.md": [
                queue_page.forecast(self._rows, twin),
                attempts(outcomes.get(twin.id), self._figures.shown_from),
            ]
            for twin in self.twins
        }

    def has_forecast(self, twin: Twin) -> bool:
        """Say whether a twin's page tells how long a result takes."""
        return bool(twin.harness) and "queue" in self.ledger.policies(self.as_of)

    def pages(self) -> dict[str, str]:
        """Return the pages of figures, as Markdown, by their sources."""
        index = self.index
        held = sum(not entry.parts for entry in index.entries.values()) if index else 0
        repository = (self.ledger.issuer.repository or "") if self.has_issuer else ""
        known = _KNOWN.format(commit=self.ledger.tree.commit, at=minute(self.as_of))
        return {
            "queue/index.md": queue_page.queue_page(self._rows, self.as_of),
            **self._of_mentors(),
            "analytics/index.md": analytics_page.analytics_page(self._figures, self.as_of),
            "outcomes.md": outcomes_page(self.ledger, self.as_of, held),
            "transparency/index.md": transparency_page(
                self.audited, repository, f"{known}\n\n{self._went_wrong()}"
            ),
        }

    def _of_mentors(self) -> dict[str, str]:
        stand = mentors.standings(self.ledger, self.mentors, self.twins, self.facts, self.as_of)
        every = [(known, stand[known.mentor.id]) for known in self.mentors]
        needed = self._figures.kappa
        return {mentor_page.EVERYBODY: mentor_page.mentors_page(every, self.as_of)} | {
            mentor_page.source(known.mentor.id): mentor_page.mentor_page(
                known, found, needed, self.as_of
            )
            for known, found in every
        }

    @cached_property
    def _rows(self) -> Sequence[QueueRow]:
        if "queue" not in self.ledger.policies(self.as_of):
            return []
        shown_from = self.ledger.policy(QueuePolicy, self.as_of).shown_from
        every: dict[str, list[Wait]] = defaultdict(list)
        waiting: dict[str, list[str]] = defaultdict(list)
        for name, one in sorted(self.facts.items()):
            every[one.twin] += [one.wait] if one.wait else []
            waiting[one.twin] += [] if one.is_settled else [name]
        return [
            queue_page.QueueRow(
                twin,
                waits.figures(every[twin.id], self.as_of, twin.mentor_sla_hours, shown_from),
                shown_from,
                bool(queues.stuck(self.ledger, twin.id, self.as_of, names=waiting[twin.id])),
            )
            for twin in self.twins
            if twin.harness
        ]

    @cached_property
    def _figures(self) -> analytics_page.Figures:
        """The figures; none of learners without a policy that says from how many."""
        ledger, known = self.ledger, self.ledger.policies(self.as_of)
        shown_from = ledger.policy(QueuePolicy, self.as_of).shown_from if "queue" in known else 0
        had: dict[str, list[results.Result]] = defaultdict(list)
        for one in self.facts.values():
            had[one.twin] += [one.result] if one.result else []
        found = [
            (twin, results.outcomes(had[twin.id], twin, shown_from) if shown_from else None)
            for twin in self.twins
            if twin.harness
        ]
        kappa = (
            ledger.policy(CalibrationPolicy, self.as_of).kappa if "calibration" in known else None
        )
        return analytics_page.Figures(found, self._rows, self.mentors, shown_from, kappa)

    def _went_wrong(self) -> str:
        entries = self.index.entries.items() if self.index else ()
        revoked = [name for name, entry in entries if entry.is_revoked]
        failures = (
            (on, one.twin, what) for one in self.facts.values() for on, what in one.failures
        )
        return incidents(
            incidents_of.withdrawals(self.ledger, revoked), incidents_of.counted(failures)
        )


def overview(ledger: Ledger, as_of: datetime, audited: Audited | None) -> Overview:
    """Return a commit's overview without the figures."""
    has_issuer = ledger.tree.read(layout.ISSUER) is not None
    histories = [mentors.history(ledger, mentor) for mentor in ledger.mentors]
    return Overview(ledger, as_of, audited, has_issuer, _twins(ledger), histories)


def key(found: Overview) -> str:
    """Return what stays the same as long as the generator would render the same."""
    tree = found.ledger.tree
    listed = tree.git.lines("ls-tree", "-z", tree.commit)
    written = sorted(line for line in listed if line.partition("\t")[2] in _WRITTEN)
    told = [twin.id for twin in found.twins if found.has_forecast(twin)]
    data = [written, _said_to_learners(found), told, found.headings()]
    return hashlib.sha256(json.dumps(data).encode("ascii")).hexdigest()


def sources(found: Overview) -> dict[str, bytes]:
    """Return everything that the generator renders or copies, by its path below docs."""
    ledger = found.ledger
    need(ledger, "docs/index.md")
    copied = {path.removeprefix("docs/"): need(ledger, path) for path in ledger.tree.paths("docs")}
    said, issuer = _said_to_learners(found), ledger.issuer if found.has_issuer else None
    repository = (issuer.repository or "") if issuer else ""
    titles = {twin.id: twin.title for twin in found.twins}
    made = {
        "twins/index.md": overview_pages.twins_page(found.twins),
        **{
            f"twins/{twin.id}.md": twin_page(
                twin,
                ledger.cohorts,
                said,
                repository,
                changing.inline(0) if found.has_forecast(twin) else "",
                _card(ledger, twin),
            )
            for twin in found.twins
        },
        **{
            f"tracks/{track.id}.md": overview_pages.track_page(track, titles)
            for track in ledger.tracks
        },
        "issuer.md": overview_pages.issuer_page(issuer, ledger.issuer_keys if issuer else None),
        **found.headings(),
        shell.SHELL_SOURCE: shell.SHELL_MARKDOWN,
    }
    copied[PLOTS] = plots.style()
    return copied | {path: text.encode("utf-8") for path, text in made.items()}


def _card(ledger: Ledger, twin: Twin) -> Card:
    """Return what is known of how hard a twin is by its declared solutions."""
    from jobtwin.harness import basis, proofs  # slow to load, and seldom needed

    folder, mark = f"twins/{twin.id}/", changing.block(1)
    kept = ledger.tree.read(folder + measured.NAME)
    if kept is None:
        return Card(mark=mark)
    files = {
        path.removeprefix(folder): ledger.tree.read(path) or b""
        for path in ledger.tree.paths(folder)
    }
    declared = proofs.read(files.get(proofs.DECLARED, b""), folder + proofs.DECLARED)
    kinds = {proof.id: proof.kind for proof in declared}
    known = basis.current(measured.load(kept, folder + measured.NAME), files, twin)
    return Card(kinds=kinds, measured=known.measurements, kits=known.kits, mark=mark)


def settings(found: Overview) -> dict[str, Any]:
    """Return the generator's settings."""
    import yaml

    ledger = found.ledger
    settings: dict[str, Any] = yaml.safe_load(need(ledger, CONFIGURATION))
    settings["nav"] = navigation(pages(found), [twin.id for twin in found.twins])
    settings["extra_css"] = [*settings.get("extra_css", ()), PLOTS]
    settings["not_in_nav"] = f"/{shell.SHELL_SOURCE}\n/{mentor_page.source('*')}\n"
    if found.has_issuer:
        settings["site_name"] = ledger.issuer.name
        settings["site_url"] = ledger.issuer.url + "/"
    return settings


def pages(found: Overview) -> set[str]:
    """Return the paths below docs of all files that are there, and of the tracks' pages."""
    below = {path.removeprefix("docs/") for path in found.ledger.tree.paths("docs")}
    return below | {f"tracks/{track.id}.md" for track in found.ledger.tracks}


def need(ledger: Ledger, path: str) -> bytes:
    """Return a file that a site needs; raises `EngineError` where it is not there."""
    content = ledger.tree.read(path)
    if content is None:
        raise EngineError(f"{path} is not there", "the site is built from docs/ and mkdocs.yml too")
    return content


def _said_to_learners(found: Overview) -> str:
    if "visibility" not in found.ledger.policies(found.as_of):
        return ""
    return found.ledger.policy(VisibilityPolicy, found.as_of).said_to_learners


def _twins(ledger: Ledger) -> list[Twin]:
    weeks = {item.twin: item.week for track in ledger.tracks for item in track.twins}
    loaded = (ledger.twin(twin_id) for twin_id in ledger.twins)
    twins = [item.record for item in loaded if item is not None]
    return sorted(twins, key=lambda twin: (weeks.get(twin.id, twin.week or 99), twin.id))
