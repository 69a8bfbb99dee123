"""The pages that list things: twins, tracks, mentors with their kappa history, the issuer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.site.markup import day, paragraphs, percent, plain, table
from jobtwin.site.twin_page import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Agreement
    from jobtwin.records.organisation import Issuer, IssuerKeyEntry, IssuerKeys, Mentor
    from jobtwin.records.track import Track
    from jobtwin.records.twin import Twin


_MENTORS = """# Mentors

Every attempt is graded by a mentor who was measured first: the mentor grades sealed submissions
with known reference scores, and Cohen's kappa says how well the two agree. All rounds are listed,
also the ones that did not suffice, and when hidden items in the queue stopped a mentor's grading.
[Kappa in plain words](../explanation/kappa-in-plain-words.md)."""
_KEYS = """Retired is not compromised: what a retired key signed while it was in use still holds.
The same keys stand in the DID document and in"""


@dataclass(frozen=True, slots=True)
class MentorHistory:
    """A mentor with every time agreement was measured, the first one first."""

    mentor: Mentor
    fingerprint: str
    rounds: tuple[Calibrated | Drifted, ...]
    """What rounds came to, and when hidden items stopped the mentor's grading."""


def twins_page(twins: Sequence[Twin]) -> str:
    """Return the page that lists all twins, in the order in which a cohort meets them."""
    rows = [
        (
            f"[{plain(twin.title)}]({twin.id}.md)",
            summary(twin),
            "open" if twin.harness else "cannot be started yet",
        )
        for twin in twins
    ]
    return (
        "# Job Twins\n\nEach page is the whole brief: what is asked, how it is graded, and what it "
        "takes to pass. The data of your attempt is made from your own seed when you start.\n\n"
        + table(("Twin", "In short", "Now"), rows)
        + "\n"
    )


def track_page(track: Track, known: Mapping[str, str]) -> str:
    """Return a track's page; `known` are the twins that have a page of their own, with titles."""
    parts = [f"# {plain(track.title)}", paragraphs(track.summary)]
    for item in sorted(track.twins, key=lambda item: (item.week, item.twin)):
        title = plain(item.title)
        linked = f"[{title}](../twins/{item.twin}.md)" if item.twin in known else title
        heading = f"## Week {item.week} · {plain(item.short)}"
        parts.append(f"{heading}\n\n**{linked}**\n\n{paragraphs(item.summary)}")
    if track.capstone:
        final = known.get(track.capstone)
        name = f"[{plain(final)}](../twins/{track.capstone}.md)" if final else f"`{track.capstone}`"
        parts.append(f"## Capstone\n\nThe final exam of the track: {name}.")
    parts.append(
        f"## The credential of the track\n\nThe cohort runs for {track.weeks} weeks. Once all "
        f"{len(track.twins)} twins are cleared, one credential cites every part by its digest. It "
        "falls when a part is revoked."
    )
    return "\n\n".join(parts) + "\n"


def mentors_page(histories: Sequence[MentorHistory], as_of: datetime) -> str:
    """Return the page of all mentors with every calibration, passed or not."""
    parts = [_mentor(history, as_of) for history in histories]
    parts = parts or ["There is no mentor in this repository yet."]
    return "\n\n".join([_MENTORS, *parts]) + "\n"


def _mentor(history: MentorHistory, as_of: datetime) -> str:
    mentor = history.mentor
    parts = [
        f"## {plain(mentor.name)} {{ #{mentor.id} }}",
        f"`{mentor.id}` · mentor since {day(mentor.since)}"
        + (f", until {day(mentor.until)}" if mentor.until else "")
        + f" · signs with `{history.fingerprint}`",
    ]
    rows = [
        (
            day(item.at),
            f"`{item.twin}`" + (f" {item.twin_version}" if isinstance(item, Calibrated) else ""),
            _kappa(item.agreement),
            percent(item.agreement.verdict_agreement),
            f"{item.agreement.items} {_which(item)}, {item.agreement.ratings} ratings",
            _ruling(item, as_of, _stopped(item, history.rounds)),
        )
        for item in history.rounds
    ]
    head = ("Round", "Twin", "Kappa (90% interval)", "Same verdict", "Measured on", "Ruling")
    parts.append(
        table(head, rows) if rows else "No calibration yet: nothing that is graded counts."
    )
    return "\n\n".join(parts)


def _kappa(agreement: Agreement) -> str:
    if agreement.kappa is None:
        return "undefined"
    if agreement.kappa_low is None or agreement.kappa_high is None:
        return f"{agreement.kappa:.2f}"
    return f"**{agreement.kappa:.2f}** ({agreement.kappa_low:.2f} to {agreement.kappa_high:.2f})"


def _which(item: Calibrated | Drifted) -> str:
    return "items" if isinstance(item, Calibrated) else "hidden items"


def _stopped(
    item: Calibrated | Drifted, measured: Sequence[Calibrated | Drifted]
) -> datetime | None:
    """Return when grading by a round stopped counting before its time, None where it did not."""
    later = (one for one in measured if one.twin == item.twin and one.at > item.at)
    ends = (one.at for one in later if isinstance(one, Drifted) or one.ruling == "recalibrate")
    return min(ends, default=None)


def _ruling(item: Calibrated | Drifted, as_of: datetime, ended: datetime | None) -> str:
    if isinstance(item, Drifted):
        return "**stopped**: below the floor"
    if item.ruling != "calibrated":
        return {"extend": "needs more items", "recalibrate": "did not suffice"}[item.ruling]
    if ended and ended < item.expires:
        return f"counted until {day(ended)}, then stopped"
    word = "counted until" if item.expires <= as_of else "counts until"
    return f"{word} {day(item.expires)}, or {item.expires_after_reviews} reviews"


def issuer_page(issuer: Issuer | None, keys: IssuerKeys | None) -> str:
    """Return the page about who signs; without an issuer it says that nobody does yet."""
    if issuer is None or keys is None:
        return (
            "# Issuer\n\nThis repository has no issuer yet, so nothing was ever signed. "
            "`keys/issuer.yml` names one.\n"
        )
    parts = ["# Issuer", f"**{plain(issuer.name)}**", paragraphs(issuer.description)]
    if issuer.test:
        parts.append(
            '!!! warning "For demonstration and tests only"\n'
            "    These keys are made for a try-out. No credential here says anything about anybody."
        )
    parts += [
        f"- Identifier: `{issuer.did}`\n- Site: `{issuer.url}`"
        + (f"\n- Mail: {plain(issuer.email)}" if issuer.email else ""),
        "## Keys",
        f"{_KEYS} <{issuer.url}/keys/jwks.json>.",
        table(
            ("Key", "Public key (multibase)", "In use since", "Now"),
            [
                (f"`{key.fragment}`", f"`{key.public_key}`", day(key.since), _life(key))
                for key in keys.keys
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _life(key: IssuerKeyEntry) -> str:
    if key.compromised:
        return (
            f"**compromised**, withdrawn on {day(key.compromised)}: nothing signed with it "
            "verifies any more; what our records give is signed again by another key"
        )
    if key.retired:
        return f"retired on {day(key.retired)}; what it signed before still holds"
    return "in use"
