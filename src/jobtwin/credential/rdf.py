"""JSON-LD → RDF quads → RDFC-1.0, by PyLD and pyoxigraph, with their silent traps closed.

Imported lazily by `canonical`, since both libraries cost a tenth of a second to load.

PyLD drops what no context defines and resolves relative IRIs against `http://example.org/base/`;
here the first is told to the caller and the second switched off (`base: None`). PyLD's own N-Quads
do not escape control characters as RDFC-1.0 demands, so its quads go to pyoxigraph as terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
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
_MAX_PROCESSED = 500
"""Active contexts that are kept, of some 20 KB each."""

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


class _Contexts(ContextResolver):  # type: ignore[misc]
    """What PyLD made of some contexts.

    PyLD keeps active contexts too, but draws a new name for the active context at every object
    with a type, so that what it kept for the old name is never found again.
    """

    def __init__(self, extra: Contexts | None = None) -> None:
        self.load = loader(extra)
        self.processed: dict[Hashable, tuple[Any, Any, Any]] = {}
        """Key → active context, and what the key names by `id`, so that no other gets it."""
        super().__init__({}, self.load)


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

    def _process_context(
        self, active_ctx: Any, local_ctx: Any, options: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Process as PyLD does, but the same contexts only once.

        The result depends on nothing else: base and mode are the same for all documents.
        """
        if args or kwargs.get("cycles") is not None:
            return super()._process_context(active_ctx, local_ctx, options, *args, **kwargs)
        kept = options["contextResolver"].processed
        named = tuple(map(_name, local_ctx if isinstance(local_ctx, list) else [local_ctx]))
        key = (id(active_ctx), isinstance(local_ctx, list), named, *sorted(kwargs.items()))
        if key not in kept:
            made = super()._process_context(active_ctx, local_ctx, options, **kwargs)
            if len(kept) >= _MAX_PROCESSED:
                kept.clear()
            kept[key] = (made, active_ctx, local_ctx)
        return kept[key][0]

    def _expand_iri(
        self,
        active_ctx: Any,
        value: Any,
        base: Any = None,
        vocab: Any = False,
        local_ctx: Any = None,
        defined: Any = None,
    ) -> Any:
        """Expand as PyLD does, terms first: nothing that PyLD looks at before is ever a term."""
        known = active_ctx["mappings"] if vocab and local_ctx is None else {}
        if isinstance(value, str) and (mapping := known.get(value)):
            return mapping["@id"]
        return super()._expand_iri(active_ctx, value, base, vocab, local_ctx, defined)

    def identifiers(self) -> Iterator[str]:
        """Yield every `@id` and `@type` of the expanded document."""
        yield from _identifiers(self.expanded)


def to_quads(document: Any, processor: SafeProcessor, extra: Contexts | None) -> Quads:
    """Return the RDF dataset of `document`, or raise `NotJsonLd`."""
    contexts = _Contexts(extra) if extra else _pinned_contexts()
    options = {"base": None, "documentLoader": contexts.load, "contextResolver": contexts}
    try:
        quads: Quads = processor.to_rdf(_Shared(document), options)
    except (jsonld.JsonLdError, ValueError, RecursionError, *_SLIPS) as error:
        raise NotJsonLd(_reason(error)) from error
    return quads


class _Shared(dict[str, Any]):
    """A document of which PyLD makes no copy: it only reads it."""

    def __deepcopy__(self, _memo: object) -> _Shared:
        return self


@cache
def _pinned_contexts() -> _Contexts:
    """Return what was made of the pinned contexts, kept for the life of the process."""
    return _Contexts()


def _name(context: Any) -> Hashable:
    """Return what one context of a list is told by: its URL, or which object it is."""
    return context if isinstance(context, str) else id(context)


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
            if not graph.startswith("_:") and not _has_blank(triple):
                continue
            terms = (*(_key(triple[part]) for part in ("subject", "predicate", "object")), graph)
            for node in {term for term in terms if term.startswith("_:")}:
                lines.setdefault(node, []).append(tuple(_seen_from(node, term) for term in terms))
    alike = Counter(tuple(sorted(own)) for own in lines.values())
    return prod(factorial(min(count, 20)) for count in alike.values())


def _has_blank(triple: Triple) -> bool:
    return "blank node" in (triple["subject"]["type"], triple["object"]["type"])


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
    nodes = _Nodes()
    for graph, triples in quads.items():
        name = DefaultGraph() if graph == "@default" else _node(graph)
        for triple in triples:
            subject, predicate = (
                nodes[triple["subject"]["value"]],
                nodes[triple["predicate"]["value"]],
            )
            term = triple["object"]
            is_text = term["type"] == "literal"
            yield Quad(subject, predicate, _object(term) if is_text else nodes[term["value"]], name)


class _Nodes(dict[str, Any]):
    """IRI or blank node → its node, made once: most stand in many quads."""

    def __missing__(self, value: str) -> NamedNode | BlankNode:
        self[value] = made = _node(value)
        return made


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
