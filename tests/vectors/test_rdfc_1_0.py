"""The W3C suite for RDF Dataset Canonicalization 1.0, and the graphs it calls poisonous."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Dataset, Quad, RdfFormat, parse

from jobtwin.credential import rdf

NOT_RUN = {
    "#test075c": "SHA-384: eddsa-rdfc-2022 hashes with SHA-256 alone",
    "#test075m": "SHA-384: eddsa-rdfc-2022 hashes with SHA-256 alone",
}
"""Tests of the suite that nothing here can run, and why."""


def entries(manifest: Path, kind: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(manifest.read_bytes())["entries"]
    return [e for e in listed if e["type"] == f"rdfc:{kind}" and e["id"] not in NOT_RUN]


def read(path: Path) -> list[Quad]:
    return list(parse(path.read_bytes(), format=RdfFormat.N_QUADS))


def test_every_test_of_the_suite_is_run_but_those_that_are_named(
    standards: Callable[[str], Path],
) -> None:
    manifest = standards("vectors/rdf-canon/tests") / "manifest.jsonld"
    listed = json.loads(manifest.read_bytes())["entries"]
    counted = {
        kind: len(entries(manifest, kind))
        for kind in ("RDFC10EvalTest", "RDFC10MapTest", "RDFC10NegativeEvalTest")
    }
    assert counted == {"RDFC10EvalTest": 63, "RDFC10MapTest": 20, "RDFC10NegativeEvalTest": 1}
    assert {e["id"] for e in listed if e.get("hashAlgorithm", "SHA256") != "SHA256"} == {*NOT_RUN}
    assert len(listed) == sum(counted.values()) + len(NOT_RUN)


def test_every_evaluation_test_of_the_w3c_suite_passes(
    standards: Callable[[str], Path],
) -> None:
    folder = standards("vectors/rdf-canon/tests")
    failed = []
    for entry in entries(folder / "manifest.jsonld", "RDFC10EvalTest"):
        form = rdf.canonical_form(Dataset(read(folder / entry["action"])))
        if form != (folder / entry["result"]).read_bytes():
            failed.append(entry["id"])
    assert failed == []


def test_the_labels_of_every_map_test_give_the_form_that_we_give(
    standards: Callable[[str], Path],
) -> None:
    """Labels are not told by the library: the published ones are put in, and the forms compared."""
    folder = standards("vectors/rdf-canon/tests")
    failed = []
    for entry in entries(folder / "manifest.jsonld", "RDFC10MapTest"):
        quads = read(folder / entry["action"])
        labels = json.loads((folder / entry["result"]).read_bytes())
        lines = sorted(f"{labelled(quad, labels)} .\n" for quad in quads)
        if "".join(lines).encode() != rdf.canonical_form(Dataset(quads)):
            failed.append(entry["id"])
    assert failed == []


def labelled(quad: Quad, labels: dict[str, str]) -> Quad:
    """The quad with its blank nodes renamed."""
    terms: list[Any] = [
        BlankNode(labels[term.value]) if isinstance(term, BlankNode) else term for term in quad
    ]
    return Quad(*terms)


def test_the_poisonous_graph_of_the_negative_test_is_refused_before_any_work(
    standards: Callable[[str], Path],
) -> None:
    folder = standards("vectors/rdf-canon/tests")
    (entry,) = entries(folder / "manifest.jsonld", "RDFC10NegativeEvalTest")
    quads = read(folder / entry["action"])
    with pytest.raises(rdf.TooSymmetrical):
        rdf.canonicalise_quads({"@default": [triple(quad) for quad in quads]})


def triple(quad: Quad) -> rdf.Triple:
    """A quad of the default graph, as PyLD has it."""

    def term(node: Any) -> rdf.Term:
        if isinstance(node, BlankNode):
            return {"type": "blank node", "value": f"_:{node.value}"}
        return {"type": "IRI", "value": node.value}

    return {
        "subject": term(quad.subject),
        "predicate": term(quad.predicate),
        "object": term(quad.object),
    }


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


def test_a_ten_node_clique_is_refused_before_any_work() -> None:
    with pytest.raises(rdf.TooSymmetrical):
        rdf.canonicalise_quads(clique(10))


def test_a_small_clique_is_canonicalised() -> None:
    assert rdf.canonicalise_quads(clique(4)).count(b"\n") == 12
