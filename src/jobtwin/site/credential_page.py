"""A credential's page: what was built, who judged it and how sure we are, whether it still holds.

Made from records, not from the signed JSON beside it; everything is escaped by Jinja2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.site import plots
from jobtwin.site.discovery import discovery
from jobtwin.site.kappa_history import kappa_history
from jobtwin.site.markup import number, percent, templates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Agreement, Calibrated
    from jobtwin.records.credential import Issued, Revoked
    from jobtwin.records.grade import Claim, Decision, Review, Reviewed
    from jobtwin.records.organisation import Issuer, Mentor
    from jobtwin.records.submission import Evaluated, Received, Started
    from jobtwin.records.twin import Twin
    from jobtwin.site.endorsements import EndorsementTold
    from jobtwin.site.outcome import OutcomeTold
    from jobtwin.site.report_page import KeptReport
    from jobtwin.site.sharing import Sharing


@dataclass(frozen=True, slots=True)
class Judge:
    """One review with the mentor who signed it and the calibration that let it count."""

    mentor: Mentor
    claim: Claim
    reviewed: Reviewed
    review: Review | None
    """None while it is sealed."""
    rounds: tuple[Calibrated, ...] = ()
    """Every calibration of the mentor for this twin, passed or not, the first one first."""
    needed: float | None = None
    """The kappa that a round has to reach."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of the evidence that the site serves."""

    path: str
    """Below the site's root."""
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """All records that a credential's page is made from."""

    issuer: Issuer
    twin: Twin
    """As it was when the attempt started."""
    started: Started
    receipts: tuple[Received, ...]
    """What was graded, one for each checkpoint."""
    evaluated: Evaluated
    judges: tuple[Judge, ...]
    decision: Decision
    issued: tuple[Issued, ...]
    """Every time it was issued, the first one first."""
    signed_digest: str
    """SHA-256 of the signed file that is served."""
    evidence: tuple[PublishedFile, ...]
    report: KeptReport | None = None
    """None of an evaluation before there were any."""
    revoked: Revoked | None = None
    outcome: OutcomeTold | None = None
    """What an employer said, if one was asked."""
    endorsements: tuple[EndorsementTold, ...] = ()
    """What mentors say of it under their own keys."""
    sharing: Sharing | None = None
    superseded_by: str | None = None
    """The credential of a later, higher attempt."""
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    """The issuer's compromised keys, by their verificationMethods, and since when."""
    bundle: str = ""
    """What the bundle is made from, as `bundles.listed` says."""

    @property
    def exposed(self) -> tuple[Issued, ...]:
        """The times when it was signed by a key that was compromised."""
        return tuple(item for item in self.issued if item.verification_method in self.withdrawn)

    @property
    def id(self) -> str:
        """The credential's id."""
        return self.issued[-1].credential

    @property
    def url(self) -> str:
        """Where the signed file stands, which is also the credential's id for others."""
        return f"{self.issuer.url}/{layout.credential(self.id)}/credential.json"


@dataclass(frozen=True, slots=True)
class Page:
    """What goes into the shell, as HTML."""

    title: str
    description: str
    article: str
    head: str = ""
    """Tags for the page's own head."""
    picture: str = "site"
    """The name of the picture that a link to the page shows."""


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    id: str
    weight: str
    score: float
    level: int
    levels: str
    evidence: tuple[str, ...]


def credential_page(dossier: Dossier, as_of: datetime) -> Page:
    """Return the page of a credential; `as_of` is the time of the last event that it knows."""
    twin = dossier.twin
    state = _state(dossier)
    html = templates().get_template("credential.html")
    article = html.render(
        d=dossier,
        twin=twin,
        scenario=twin.scenario.partition("\n\n")[0],
        state=state,
        as_of=as_of,
        figures={metric.id: metric.title for metric in twin.metrics},
        rows=(rows := _rows(dossier)),
        scores=_scores(rows),
        histories=[_history(judge) for judge in dossier.judges],
        graded=_graded(dossier),
        sentences=[how_sure(judge.claim.calibration.agreement) for judge in dossier.judges],
        root="../../..",
        folder=layout.credential,
        attempt=layout.attempt_page,
    )
    overall = number(dossier.decision.overall)
    said = {"holds": "", "revoked": "Revoked: ", "superseded": "Superseded: "}
    said |= {"unsigned": "Not validly signed now: "}
    title = f"{said[state]}{twin.title}"
    description = f"{said[state]}Overall score {overall} of 1, graded by a calibrated mentor."
    return Page(title, description, article, discovery(dossier, description), twin.id)


def not_found_page(root: str) -> Page:
    """Return what is shown where there is no page; `root` is the site's path, ending in a slash."""
    article = templates().get_template("not_found.html").render(root=root)
    return Page("There is nothing at this address", "Where to go from here.", article)


def how_sure(agreement: Agreement) -> str:
    """Return a calibration in plain words."""
    measured = (
        f"On {agreement.items} sealed submissions with known reference scores "
        f"({agreement.ratings} ratings)"
    )
    if agreement.kappa is None:
        kappa = "kappa could not be computed"
    else:
        kappa = f"the mentor agreed with the reference at Cohen's kappa {agreement.kappa:.2f}"
    if agreement.kappa_low is not None and agreement.kappa_high is not None:
        kappa += (
            f", with 90% confidence between {agreement.kappa_low:.2f} and "
            f"{agreement.kappa_high:.2f} (0 is chance, 1 is perfect agreement)"
        )
    return (
        f"{measured}, {kappa}. Overall scores were off by {agreement.mean_absolute_error:.2f} on "
        f"average, and pass or fail was the same in {percent(agreement.verdict_agreement)}."
    )


def _state(dossier: Dossier) -> str:
    if dossier.revoked:
        return "revoked"
    if dossier.issued[-1] in dossier.exposed:
        return "unsigned"
    return "superseded" if dossier.superseded_by else "holds"


def _rows(dossier: Dossier) -> list[_Row]:
    rows = []
    for result in dossier.decision.dimensions:
        dimension = dossier.twin.dimension(result.dimension)
        if dimension is None:
            continue
        places = [
            _place(item.file, item.line, item.quote)
            for judge in dossier.judges
            for score in (judge.review.scores if judge.review else ())
            if score.dimension == result.dimension
            for item in score.evidence
        ]
        rows.append(
            _Row(
                dimension.title,
                dimension.id,
                percent(dimension.weight),
                result.score,
                result.level,
                _levels(dimension.levels, result.level),
                tuple(places),
            )
        )
    return rows


@lru_cache(maxsize=1000)  # the same ones stand on many pages
def _levels(anchors: tuple[str, ...], reached: int) -> str:
    """Return what each level of a dimension means, with the one that was reached, as HTML."""
    return templates().get_template("levels.html").render(anchors=anchors, reached=reached)


def _scores(rows: Sequence[_Row]) -> str:
    marks = [
        plots.Mark(row.title, row.score, 0.0, row.score, f"{row.score:.2f}, {row.weight}")
        for row in rows
    ]
    about = "; ".join(f"{row.title}: {row.score:.2f}, weight {row.weight}" for row in rows)
    return plots.marks("scores", "Score and weight of each dimension", about, marks)


def _history(judge: Judge) -> str:
    """Return the plot of a mentor's calibrations; nothing where none is known."""
    if not judge.rounds:
        return ""
    return kappa_history(judge.mentor.id, judge.rounds, judge.needed)


def _place(file: str | None, line: int | None, quote: str | None) -> str:
    where = f"{file}:{line}" if file and line else file or ""
    return f"{where} “{quote}”".strip() if quote else where


def _graded(dossier: Dossier) -> Sequence[tuple[str, datetime, datetime]]:
    """Return (checkpoint, handed in, deadline) of what was graded, in the order of the brief."""
    received = {item.checkpoint: item.at for item in dossier.receipts}
    titles = {point.id: point.title for point in dossier.twin.checkpoints}
    return [
        (
            titles.get(deadline.checkpoint, deadline.checkpoint),
            received[deadline.checkpoint],
            deadline.at,
        )
        for deadline in dossier.started.deadlines
        if deadline.checkpoint in received
    ]
