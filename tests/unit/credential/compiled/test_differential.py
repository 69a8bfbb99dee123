"""What templates give is what the general way gives, for documents as odd as we could think of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from tests.unit.credential.compiled.documents import Document, structure, with_other_leaves

from jobtwin.credential import canonical, shape
from jobtwin.credential.compiled import Shapes
from jobtwin.credential.compiled.cache import Reading
from jobtwin.credential.compiled.cut import cut
from jobtwin.credential.compiled.excerpt import options_of, without_left_out
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.errors import Refused

PER_STRUCTURE = 20
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-03-02T10:00:00Z",
    "proofPurpose": "assertionMethod",
    "proofValue": "z",
}


@dataclass
class Tally:
    """How many documents went which way, and those on which the ways differ."""

    filled: int = 0
    in_part: int = 0
    """Of the filled, the files that were not parsed as a whole."""
    badges: int = 0
    """Of those, the files that were not asked for the fields of Open Badges one by one."""
    fell_back: int = 0
    differ: list[Document] = field(default_factory=list)


def general(document: Document) -> bytes | None:
    try:
        return canonical.canonicalise(document)
    except Refused:
        return None


def compare(seed: int, structures: int) -> Tally:
    rng, tally = random.Random(seed), Tally()
    for _ in range(structures):
        known, shapes = structure(rng), Shapes()
        for _ in range(2):
            assert shapes(known) == canonical.canonicalise(known)
        for _ in range(PER_STRUCTURE):
            document = with_other_leaves(rng, known, rng.randrange(1, 4))
            form = shapes._fill(cut(document))
            tally.filled += form is not None
            tally.fell_back += form is None
            if form is not None and form != general(document):
                tally.differ.append(document)
    return tally


def compare_files(seed: int, structures: int) -> Tally:
    """Compare what is read from files of a known shape with what strict parsing gives."""
    rng, tally = random.Random(seed), Tally()
    for _ in range(structures):
        known, shapes = structure(rng), Shapes()
        written = to_bytes({**known, "proof": [PROOF]})
        for _ in range(2):
            shapes.learn(written, parse_object(written))
        for _ in range(PER_STRUCTURE):
            document = with_other_leaves(rng, {**known, "proof": [PROOF]}, rng.randrange(1, 4))
            try:
                content = _spoilt(rng, to_bytes(document))
            except (TypeError, UnicodeEncodeError):
                continue
            found = shapes.read(content)
            tally.filled += found is not None
            tally.in_part += found is not None and found.options is not None
            tally.badges += found is not None and found.is_badge
            tally.fell_back += found is None
            if found is not None and not _is_strictly(found, content):
                tally.differ.append(document)
    return tally


def _spoilt(rng: random.Random, content: bytes) -> bytes:
    """Return the file as it is, or with some bytes exchanged, doubled or left out."""
    if rng.random() < 0.6:
        return content
    at = rng.randrange(len(content))
    other = rng.choice((b'"', b"\\", b"\\u0041", b"\n", b"\0", b"\xff", b",", b":", b"{}", b""))
    return content[:at] + other + content[at + rng.randrange(3) :]


def _is_strictly(found: Reading, content: bytes) -> bool:
    """Say whether this is what a file holds, with nothing left out that a verdict depends on."""
    try:
        document = parse_object(content)
        canonical.refuse(canonical.check_contexts(document))
        canonical.refuse(canonical.check_text(document))
    except Refused:
        return False
    unsigned = {key: value for key, value in document.items() if key != "proof"}
    form = general(unsigned)
    if form is None or found.form != (form, form.count(b"\n")):
        return False
    if found.options is None:
        return bool(found.document == document)
    (proof,) = document["proof"]
    return (
        found.options == general(options_of(document, proof))
        and found.document == without_left_out(document)
        and _same_badge(found.document, document)
        and not (found.is_badge and any(shape.check_badge(document)))
    )


def _same_badge(part: Document, whole: Document) -> bool:
    return [*shape.check_badge(part)] == [*shape.check_badge(whole)]


def test_500_random_documents_have_the_general_form_or_fall_back() -> None:
    tally = compare(1, 25)
    assert tally.filled + tally.fell_back == 500
    assert tally.differ == []
    assert tally.filled > 100
    assert tally.fell_back > 100


def test_500_random_files_are_read_as_strict_parsing_reads_them_or_not_at_all() -> None:
    tally = compare_files(2, 25)
    assert tally.differ == []
    assert tally.filled > 100
    assert tally.in_part > 30
    assert tally.badges > 20
    assert tally.fell_back > 100


@pytest.mark.deep
def test_10000_random_documents_have_the_general_form_or_fall_back() -> None:
    tally = compare(3, 500)
    assert tally.filled + tally.fell_back == 10_000
    assert tally.differ == []
    assert tally.filled > 2_000


@pytest.mark.deep
def test_10000_random_files_are_read_as_strict_parsing_reads_them_or_not_at_all() -> None:
    tally = compare_files(4, 500)
    assert tally.differ == []
    assert tally.filled > 2_000
    assert tally.in_part > 600
    assert tally.badges > 400
