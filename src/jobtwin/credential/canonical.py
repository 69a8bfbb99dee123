"""What may be signed, and the one form in which it is: RDFC-1.0 N-Quads.

A proof covers the RDF graph that a document expands to, while people and programs read its JSON.
Everything by which the two could differ is refused before anything is signed or believed: terms
that no context defines, relative IRIs, respelled or doubled members, characters that canonicalisers
write differently. That a document has the right fields is left to `shape`.

`canonicalise` is the general algorithm. Whoever has a faster one for a known shape passes it where
`Canonicalise` is asked for.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobtwin.credential import contexts
from jobtwin.credential.contexts import Contexts, JsonObject
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from jobtwin.credential import rdf

Canonicalise = Callable[[JsonObject], bytes]
"""Document without proof → canonical N-Quads, or `Refused` with every finding."""

Path = tuple[str | int, ...]

MAX_OBJECTS = 1_000
MAX_VALUES = 2_000
"""Five times a rich credential. PyLD compares values pairwise: beyond this it takes seconds."""
MAX_RECORD_VALUES = 6_000
"""Of a learner record: the track of five twins has 3,600."""
MAX_RECORD_LIST = 200
"""Entries of one list in a learner record, since it may have more values in all."""
MAX_CONTEXTS = 8
_MAX_FINDINGS = 100
_MAX_PROBES = 16
_PROBED_VALUES = 4_000
"""Values that may be expanded again, in all probes together, to find a place."""

CONTROL_CHARACTER = Code(
    "VC-010",
    "a character that must not be signed",
    why="Control characters are canonicalised differently by different libraries, so the signature "
    "would hold in one and fail in another; direction overrides make a text read otherwise than "
    "it is.",
    fix="Remove the character.",
)
UNDEFINED_TERM = Code(
    "VC-011",
    "a term that no context defines",
    why="JSON-LD drops such a member silently: it would stand in the file unprotected by the "
    "signature.",
    fix="Use a term of Open Badges 3.0 or VC 2.0, or leave the member out.",
)
NOT_AN_IRI = Code(
    "VC-012",
    "an identifier that is not an absolute IRI",
    why="A relative or undefined identifier means something else at every place it is read.",
    fix="Write a full URL, `did:` or `urn:` identifier, or a type that the contexts define.",
)
RESPELLED = Code(
    "VC-013",
    "a member spelled so that readers of the JSON miss it",
    why="Full IRIs, keywords, null, nested lists or a second description of the same thing keep "
    "the signature valid while hiding a member from whoever reads the JSON.",
    fix="Write every member once, by its plain term.",
)
CONTEXT = Code(
    "VC-014",
    "contexts other than the ones known",
    why="A context decides what the signature covers; one that can change, or that the holder "
    "wrote, decides it anew.",
    fix="Name https://www.w3.org/ns/credentials/v2 first, then the Open Badges 3.0.3 context.",
)
NOT_JSON_LD = Code(
    "VC-015",
    "not valid JSON-LD",
    why="Without a graph there is nothing that a signature could cover.",
    fix="See the message; the JSON-LD playground shows the same error.",
)
TOO_MUCH_WORK = Code(
    "VC-016",
    "more than a verifier may be asked to canonicalise",
    why="Some small graphs take years to canonicalise; a verifier must refuse them unread.",
    fix="Give the alike parts an `id` each, or make the document smaller.",
)

_FORBIDDEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
_MAYBE_FORBIDDEN = re.compile(f"{_FORBIDDEN.pattern}|\\\\[bfu]")
"""In JSON text, in which control characters are escaped."""
_encode = json.JSONEncoder(ensure_ascii=False).encode
_VALUE_KEYWORDS = frozenset({"@value", "@language", "@direction"})
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+")


def canonicalise(document: JsonObject, extra_contexts: Contexts | None = None) -> bytes:
    """Return the canonical N-Quads of `document` (RDFC-1.0, SHA-256), or raise `Refused`.

    `document` stands without its proof. `extra_contexts` widens what it may name, for this call.
    """
    from jobtwin.credential import rdf

    refuse(check_contexts(document, extra_contexts))
    refuse(check_text(document))
    refuse(check_spelling(document))
    processor = rdf.SafeProcessor()
    try:
        quads = rdf.to_quads(document, processor, extra_contexts)
    except rdf.NotJsonLd as error:
        raise Refused([NOT_JSON_LD.at(str(error))]) from error
    refuse(check_terms(document, processor, extra_contexts))
    try:
        return rdf.canonicalise_quads(quads)
    except rdf.TooSymmetrical as error:
        raise Refused(
            [TOO_MUCH_WORK.at("parts without an id that cannot be told apart")]
        ) from error
    except ValueError as error:
        raise Refused([NOT_AN_IRI.at(f"not an RDF term: {error}")]) from error


def refuse(findings: Iterable[Finding]) -> None:
    """Raise `Refused` if there is any finding; of thousands, the first hundred are enough."""
    if found := tuple(islice(findings, _MAX_FINDINGS)):
        raise Refused(found)


def check_contexts(
    document: JsonObject, extra_contexts: Contexts | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with `@context`: known URLs, VC 2.0 first, and no other further in."""
    named = document.get("@context")
    if not isinstance(named, list) or not all(isinstance(url, str) for url in named):
        yield CONTEXT.at("@context is not a list of URLs", "$.@context")
        return
    if named[:1] != [contexts.VC]:
        yield CONTEXT.at(f"the first context is not {contexts.VC}", "$.@context[0]")
    if len(named) > MAX_CONTEXTS or len(set(named)) < len(named):
        yield CONTEXT.at("a context stands twice, or there are too many", "$.@context")
    known = {*contexts.PINS, *(extra_contexts or ())}
    for index, url in enumerate(named):
        if url not in known:
            yield CONTEXT.at(f"unknown context {url[:200]!r}", f"$.@context[{index}]")
    if _written(document).count('"@context"') == 1:
        return
    for path, value in walk(document):
        if path[-1:] != ("@context",) or len(path) == 1 or value == named:
            continue
        if not _is_of_a_held_credential(path, value, named):
            yield CONTEXT.at("a context of its own in the middle of the document", show(path))


def _is_of_a_held_credential(path: Path, value: Any, named: list[str]) -> bool:
    """Say whether this is the `@context` of a credential in a learner record (CLR 2.0).

    It may name our two, in order: both stand around it already, so that nothing is defined anew.
    """
    held = path[:2] == ("credentialSubject", "verifiableCredential") and len(path) == 4
    return held and named == [*contexts.CLR_CONTEXTS] and value == [*contexts.CREDENTIAL_CONTEXTS]


def check_text(document: Any) -> Iterator[Finding]:
    """Yield every text and key with a control character or a direction override."""
    written = _written(document)
    if written and not _MAYBE_FORBIDDEN.search(written):
        return
    for path, value in walk(document):
        key = path[-1] if path else ""
        for text in (value, key):
            if isinstance(text, str) and (bad := _FORBIDDEN.search(text)):
                character = f"U+{ord(bad.group()):04X}"
                yield CONTROL_CHARACTER.at(f"holds {character}", show(path))


def _written(document: Any) -> str:
    """Return the document's JSON text, in which much is seen faster; empty if it has none."""
    try:
        return _encode(document)
    except (TypeError, ValueError, RecursionError):
        return ""


def check_spelling(document: JsonObject) -> Iterator[Finding]:
    """Yield what would let the JSON read otherwise than the graph that is signed.

    VC Data Integrity §2.4.1 (context validation), without compacting: every member by its term,
    every thing described in one place.
    """
    objects = values = 0
    is_record = document.get("@context") == [*contexts.CLR_CONTEXTS]
    most = MAX_RECORD_VALUES if is_record else MAX_VALUES
    own = _own_ids(document)
    for path, value in walk(document):
        values += 1
        objects += isinstance(value, dict)
        if objects > MAX_OBJECTS or values > most:
            yield TOO_MUCH_WORK.at(f"more than {MAX_OBJECTS} objects or {most} values")
            return
        if is_record and isinstance(value, list) and len(value) > MAX_RECORD_LIST:
            yield TOO_MUCH_WORK.at(f"a list of more than {MAX_RECORD_LIST}", show(path))
            return
        if "@context" in path:
            continue
        if problem := _misspelt(path, value):
            yield RESPELLED.at(problem, show(path))
        if isinstance(value, dict) and len(value) > 1:
            home = own.get(_text(value.get("id")))
            if home is not None and home != path:
                yield RESPELLED.at("describes again what is described elsewhere", show(path))


def walk(value: Any) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a JSON document with its path, from the root, in order."""
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        path, value = pending.pop()
        yield path, value
        if isinstance(value, dict):
            pending.extend(((*path, key), value[key]) for key in reversed(value))
        elif isinstance(value, list):
            pending.extend(((*path, index), value[index]) for index in reversed(range(len(value))))


def show(path: Path) -> str:
    """Write a path as people do: `$.credentialSubject.achievement.alignment[2].targetUrl`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def is_iri(value: Any) -> bool:
    """Say whether `value` is the text of an absolute IRI (not a blank node)."""
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def _own_ids(document: JsonObject) -> dict[str, Path]:
    """Return the ids on which a verifier decides, each with the only place that may describe it."""
    ids: dict[str, Path] = {}
    for path in ((), ("credentialStatus",), ("credentialSubject",)):
        thing = document.get(str(path[0])) if path else document
        if isinstance(thing, dict) and isinstance(thing.get("id"), str):
            ids.setdefault(thing["id"], path)
    return ids


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _misspelt(path: Path, value: Any) -> str:
    """Return what is wrong with the way the value at `path` is written, or an empty text."""
    key = path[-1] if path else ""
    if isinstance(key, str) and (":" in key or (key[:1] == "@" and key not in _VALUE_KEYWORDS)):
        return f"the member {key[:200]!r} is not a plain term"
    if value is None:
        return "null is dropped, not signed"
    if isinstance(value, list) and isinstance(key, int):
        return "a list in a list is flattened when it is signed"
    return ""


def check_terms(
    document: JsonObject, processor: rdf.SafeProcessor, extra: Contexts | None
) -> Iterator[Finding]:
    """Yield the undefined terms and the identifiers that are no IRIs, with their places."""
    if not (bad := _bad(processor)):
        return
    probes = min(_MAX_PROBES, _PROBED_VALUES // sum(1 for _ in walk(document)))
    for (code, text), _ in sorted(bad.items(), key=str)[:_MAX_PROBES]:
        places = _places(document, code, text)
        if 1 < len(places) <= probes:
            probes -= len(places)
            places = _guilty(document, (code, text), places, extra) or places
        said = "no context defines" if code == UNDEFINED_TERM.id else "not an absolute IRI:"
        kind = UNDEFINED_TERM if code == UNDEFINED_TERM.id else NOT_AN_IRI
        for place in places[:_MAX_PROBES] or [()]:
            yield kind.at(f"{said} {text[:200]!r}", show(place))


def _bad(processor: rdf.SafeProcessor) -> Counter[tuple[str, str]]:
    """Count what the processor dropped or left relative, by (code, text)."""
    found = Counter((UNDEFINED_TERM.id, term or "") for term in processor.dropped)
    found.update((NOT_AN_IRI.id, str(i)) for i in processor.identifiers() if not is_iri(i))
    return found


def _places(document: JsonObject, code: str, text: str) -> list[Path]:
    """Return where `text` stands: as a key for an undefined term, else as a value."""
    if code == UNDEFINED_TERM.id:
        return [path for path, _ in walk(document) if path[-1:] == (text,)]
    return [path for path, value in walk(document) if value == text and path]


def _guilty(
    document: JsonObject, bad: tuple[str, str], places: list[Path], extra: Contexts | None
) -> list[Path]:
    """Return those of `places` without which `bad` occurs less often.

    A term may be defined in one object and not in another, and PyLD does not say where it was.
    """
    before = _bad_without(document, (), extra)[bad]
    return [place for place in places if _bad_without(document, place, extra)[bad] < before]


def _bad_without(document: Any, place: Path, extra: Contexts | None) -> Counter[tuple[str, str]]:
    from jobtwin.credential import rdf

    processor = rdf.SafeProcessor()
    try:
        rdf.to_quads(_without(document, place), processor, extra)
    except rdf.NotJsonLd:
        return Counter()
    return _bad(processor)


def _without(value: Any, place: Path) -> Any:
    """Return `value` with what stands at `place` left out."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if rest or key != step}
        return kept | {step: _without(value[step], rest)} if rest else kept
    kept_items = [
        _without(item, rest) if i == step and rest else item for i, item in enumerate(value)
    ]
    return kept_items if rest else [item for i, item in enumerate(value) if i != step]
