"""One general run over a document whose leaves are marked: where does each leaf end up?

Imported lazily, since PyLD is slow to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobtwin.credential import rdf
from jobtwin.credential.compiled.safe import SCHEMES
from jobtwin.credential.contexts import Contexts, JsonObject

_PLAIN_KEYWORDS = frozenset({"@id", "@type", "@value", "@list"})
_COMPUTED = frozenset(
    {
        "@json",
        "http://www.w3.org/2001/XMLSchema#double",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    }
)
"""Datatypes whose literal is not just the text that stands in the document."""


class _Tracer(rdf.SafeProcessor):
    """PyLD's processor, which notes what it looks up in a context."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.identifiers_seen: set[str] = set()
        self.prefixes = False
        super().__init__()

    def _expand_iri(
        self,
        active_ctx: Any,
        value: Any,
        base: Any = None,
        vocab: Any = False,
        local_ctx: Any = None,
        defined: Any = None,
    ) -> Any:
        if local_ctx is None and isinstance(value, str):
            (self.names if vocab else self.identifiers_seen).add(value)
            self.prefixes |= any(scheme in active_ctx["mappings"] for scheme in SCHEMES)
        return super()._expand_iri(active_ctx, value, base, vocab, local_ctx, defined)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run saw."""

    quads: rdf.Quads
    names: frozenset[str]
    """Texts that were looked up among the contexts' terms: keys, types, `@vocab` values."""
    identifiers: frozenset[str]
    """Texts that were read as IRIs, and looked up among the contexts' prefixes only."""


def trace(document: JsonObject, extra: Contexts | None) -> Trace | None:
    """Return what a general run saw, or None if it met anything that leaves may not pass through.

    That is: dropped terms, containers other than lists and sets, languages, directions, JSON
    literals, doubles, named graphs, and contexts with a prefix named like a safe scheme.
    """
    tracer = _Tracer()
    try:
        quads = rdf.to_quads(document, tracer, extra)
    except rdf.NotJsonLd:
        return None
    plain = set(quads) <= {"@default"} and _is_plain(tracer.expanded)
    if tracer.dropped or tracer.prefixes or not plain:
        return None
    return Trace(quads, frozenset(tracer.names), frozenset(tracer.identifiers_seen))


def _is_plain(expanded: Any) -> bool:
    if isinstance(expanded, list):
        return all(map(_is_plain, expanded))
    if not isinstance(expanded, dict):
        return True
    if "@value" in expanded:
        return expanded.keys() <= {"@value", "@type"} and expanded.get("@type") not in _COMPUTED
    keywords = {key for key in expanded if key.startswith("@")}
    return keywords <= _PLAIN_KEYWORDS and all(map(_is_plain, expanded.values()))
