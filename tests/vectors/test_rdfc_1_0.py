"""The W3C suite for RDF Dataset Canonicalization 1.0, and the graphs it calls poisonous."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest
from pyoxigraph import Dataset, RdfFormat, parse

from jobtwin.credential import rdf


def entries(manifest: Path) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(manifest.read_bytes())["entries"]
    return [e for e in listed if e["type"] == "rdfc:RDFC10EvalTest" and "hashAlgorithm" not in e]


def test_every_sha_256_evaluation_test_of_the_w3c_suite_passes(
    standards: Callable[[str], Path],
) -> None:
    folder = standards("vectors/rdf-canon/tests")
    listed = entries(folder / "manifest.jsonld")
    failed = []
    for entry in listed:
        quads = parse((folder / entry["action"]).read_bytes(), format=RdfFormat.N_QUADS)
        if rdf.canonical_form(Dataset(quads)) != (folder / entry["result"]).read_bytes():
            failed.append(entry["id"])
    assert len(listed) == 63
    assert failed == []


def clique(size: int) -> rdf.Quads:
    nodes = [f"_:n{number}" for number in range(size)]
    edges: list[rdf.Triple] = [
        {
            "subject": {"type": "blank node", "value": a},
            "predicate": {"type": "IRI", "value": "urn:p"},
            "object": {"type": "blank node", "value": b},
        }
        for a, b in permutations(nodes, 2)
    ]
    return {"@default": edges}


def test_the_ten_node_clique_of_the_suite_is_refused_before_any_work() -> None:
    with pytest.raises(rdf.TooSymmetrical):
        rdf.canonicalise_quads(clique(10))


def test_a_small_clique_is_canonicalised() -> None:
    assert rdf.canonicalise_quads(clique(4)).count(b"\n") == 12
