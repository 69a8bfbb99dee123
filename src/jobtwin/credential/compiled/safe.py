"""IRIs that mean themselves whatever the contexts say, and that every RDF library writes alike.

Far fewer than RFC 3987 allows, so that nothing of it has to be computed: ASCII, no percent sign
without its two digits, no brackets, no user part. Anything else goes the general way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SCHEMES = ("urn", "did")
"""Schemes without `//`: a context could define a prefix of that name, and a shape whose contexts do
is not compiled. What `//` follows is never a prefix (JSON-LD 1.1 API §5.2.2, step 6.2)."""

_PATH = rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+"
_QUERY = rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|%[0-9A-Fa-f]{2})*+"
_AFTER = rb"%b(?:\?%b)?(?:#%b)?" % (_PATH, _QUERY, _QUERY)
_SAFE = re.compile(
    rb"(?:https?://[A-Za-z0-9.-]++(?::[0-9]{1,5})?(?=[/?#]|\Z)"
    rb"|urn:[a-z0-9][a-z0-9-]{1,31}:[A-Za-z0-9]"
    rb"|did:[a-z0-9]++:[A-Za-z0-9])" + _AFTER
)
_MAX_LENGTH = 300
_MAX_KEPT = 5_000

_known: set[bytes] = set()
"""IRIs seen to be safe, since most stand in many credentials."""


def all_safe(iris: Iterable[bytes]) -> bool:
    """Say whether each of the texts is a safe IRI."""
    if _known.issuperset(iris):
        return True
    new = [iri for iri in iris if iri not in _known]
    if not all(len(iri) <= _MAX_LENGTH and _SAFE.fullmatch(iri) for iri in new):
        return False
    if len(_known) + len(new) > _MAX_KEPT:
        _known.clear()
    _known.update(new[:_MAX_KEPT])
    return True
