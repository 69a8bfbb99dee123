"""The issuer's keys, as the site serves them to strangers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.acts.doctor.workflows import read
from jobtwin.credential.did import did_web_url, jwks_url
from jobtwin.findings import Code, Finding
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.organisation import Issuer
from jobtwin.repository.fetch import NotHad

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.github.settings import Reader, Setup

UNPUBLISHED = Code(
    "DOC-005",
    "the site does not serve the issuer's keys",
    why="A stranger takes the key that a credential is verified with from this URL.",
    fix="Merge the founding's files, run the workflow `publish`, and see that `url` and `did` in "
    "keys/issuer.yml name the site.",
)


def checks(
    reader: Reader, setup: Setup, fetch: Callable[[str], bytes]
) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Yield what is looked at, and how."""
    yield "the keys that the site serves", partial(_published, reader, setup, fetch)


def _published(reader: Reader, setup: Setup, fetch: Callable[[str], bytes]) -> Iterator[Finding]:
    content = read(reader, setup, layout.ISSUER)
    if content is None:
        yield UNPUBLISHED.at("main has no issuer", layout.ISSUER)
        return
    issuer = load(Issuer, content, layout.ISSUER).record
    if issuer.test:
        yield UNPUBLISHED.at("it is for tests: its credentials are worth nothing", layout.ISSUER)
    for path, url in ((layout.DID, did_web_url(issuer.did)), (layout.JWKS, jwks_url(issuer.did))):
        wanted = read(reader, setup, path)
        try:
            served = fetch(url)
        except NotHad as reason:
            yield UNPUBLISHED.at(f"{url} cannot be had: {reason}", path)
            continue
        if served != wanted:
            yield UNPUBLISHED.at(f"{url} is not the file of main", path)
