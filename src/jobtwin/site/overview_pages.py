"""The pages that list things: twins, tracks, the issuer and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.site.markup import day, headed, paragraphs, plain, table
from jobtwin.site.twin_page import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.records.organisation import Issuer, IssuerKeyEntry, IssuerKeys
    from jobtwin.records.track import Track
    from jobtwin.records.twin import Twin


_KEYS = """Retired is not compromised: what a retired key signed while it was in use still holds.
The same keys stand in the DID document and in"""


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
    return headed("\n\n".join(parts) + "\n", title=track.title)


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
