"""JSON-LD → RDF quads → RDFC-1.0, by PyLD and pyoxigraph, with their silent traps closed.

Imported lazily by `canonical`, since both libraries cost a tenth of a second to load.

PyLD drops what no context defines and resolves relative IRIs against `http://example.org/base/`;
here the first is told to the caller and the second switched off (`base: None`). PyLD's own N-Quads
do not escape control characters as RDFC-1.0 demands, so its quads go to pyoxigraph as terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import factorial, prod
from typing import Any

from pyld import jsonld  # type: ignore[import-untyped]
from pyld.context_resolver import ContextResolver  # type: ignore[import-untyped]
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    serialize,
)

from jobtwin.credential.contexts import Contexts, loader

MAX_ORDERINGS = 5_000
"""Orders in which RDFC-1.0 may have to try alike blank nodes; below a second of work."""

_LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_static_contexts: dict[str, Any] = {}
"""What PyLD made of the pinned contexts, kept for the life of the process."""

_SLIPS = (TypeError, KeyError, AttributeError, IndexError)
"""What PyLD raises by mistake on some odd documents, where it should raise `JsonLdError`."""

Term = Mapping[str, str]
Triple = Mapping[str, Term]
Quads = Mapping[str, list[Triple]]
"""PyLD's RDF dataset: graph name → triples."""


class TooSymmetrical(ValueError):  # noqa: N818 - says what the graph is
    """The graph's blank nodes are so alike that naming them would take for ever."""


class NotJsonLd(ValueError):  # noqa: N818 - says what the document is
    """PyLD cannot make a graph of the document; the message says why, in one line."""


class SafeProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's processor, which keeps account of what it would leave out of the signed data."""

    def __init__(self) -> None:
        self.dropped: list[str | None] = []
        self.expanded: list[Any] = []
        super().__init__(on_property_dropped=self.dropped.append)

    def expand(self, input_: Any, options: Any) -> Any:
        """Expand as PyLD does, and keep the result."""
        self.expanded = super().expand(input_, options)
        return self.expanded

    def identifiers(self) -> Iterator[str]:
        """Yield every `@id` and `@type` of the expanded document."""
        yield from _identifiers(self.expanded)


def to_quads(document: Any, processor: SafeProcessor, extra: Contexts | None) -> Quads:
    """Return the RDF dataset of `document`, or raise `NotJsonLd`."""
    load = loader(extra)
    resolver = ContextResolver({} if extra else _static_contexts, load)
    options = {"base": None, "documentLoader": load, "contextResolver": resolver}
    try:
        quads: Quads = processor.to_rdf(document, options)
    except (jsonld.JsonLdError, ValueError, RecursionError, *_SLIPS) as error:
        raise NotJsonLd(_reason(error)) from error
    return quads


def canonicalise_quads(quads: Quads) -> bytes:
    """Return the canonical N-Quads of `quads`.

    Raises `TooSymmetrical`, and `ValueError` where a term is no RDF term.
    """
    if orderings(quads) > MAX_ORDERINGS:
        raise TooSymmetrical
    return canonical_form(Dataset(_oxigraph_quads(quads)))


def canonical_form(dataset: Dataset) -> bytes:
    """Return the RDFC-1.0 form of a dataset, however long it takes."""
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    lines = serialize(dataset, format=RdfFormat.N_QUADS)
    assert lines is not None  # noqa: S101 - without an output argument the bytes are returned
    return b"".join(sorted(lines.splitlines(keepends=True)))


def orderings(quads: Quads) -> int:
    """Return how many orders of alike blank nodes there are: the work that RDFC-1.0 may need.

    Alike is what RDFC-1.0 §4.6 (first-degree hash) cannot tell apart.
    """
    lines: dict[str, list[tuple[str, ...]]] = {}
    for graph, triples in quads.items():
        for triple in triples:
            terms = (*(_key(triple[part]) for part in ("subject", "predicate", "object")), graph)
            for node in {term for term in terms if term.startswith("_:")}:
                lines.setdefault(node, []).append(tuple(_seen_from(node, term) for term in terms))
    alike = Counter(tuple(sorted(own)) for own in lines.values())
    return prod(factorial(min(count, 20)) for count in alike.values())


def n_quads_term(term: Term) -> str:
    """Return an IRI or literal as canonical N-Quads write it; raises `ValueError` for neither."""
    return str(_object(term))


def _seen_from(node: str, term: str) -> str:
    if not term.startswith("_:"):
        return term
    return "_:a" if term == node else "_:z"


def _key(term: Term) -> str:
    """Return a text that two terms share only if they are equal; blank nodes begin with `_:`."""
    if term["type"] == "literal":
        return f'"{term["value"]}"{term["datatype"]} {term.get("language", "")}'
    return term["value"]


def _oxigraph_quads(quads: Quads) -> Iterator[Quad]:
    for graph, triples in quads.items():
        name = DefaultGraph() if graph == "@default" else _node(graph)
        for triple in triples:
            subject = _node(triple["subject"]["value"])
            predicate = NamedNode(triple["predicate"]["value"])
            yield Quad(subject, predicate, _object(triple["object"]), name)


def _node(value: str) -> NamedNode | BlankNode:
    return BlankNode(value[2:]) if value.startswith("_:") else NamedNode(value)


def _object(term: Term) -> NamedNode | BlankNode | Literal:
    if term["type"] != "literal":
        return _node(term["value"])
    if term["datatype"] == _LANGUAGE_STRING:
        return Literal(term["value"], language=term["language"])
    return Literal(term["value"], datatype=NamedNode(term["datatype"]))


def _identifiers(expanded: Any) -> Iterator[str]:
    if isinstance(expanded, list):
        for item in expanded:
            yield from _identifiers(item)
    elif isinstance(expanded, dict) and "@value" not in expanded:
        for key, value in expanded.items():
            if key == "@id":
                yield value
            elif key == "@type":
                yield from value
            else:
                yield from _identifiers(value)


def _reason(error: BaseException) -> str:
    """Return the innermost reason, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    said = str(error.args[0]) if error.args else ""
    return (said.splitlines() or [type(error).__name__])[0][:300]
