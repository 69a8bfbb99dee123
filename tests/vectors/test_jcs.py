"""RFC 8785: the reference vectors of its author."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jobtwin.credential.jsonbytes import jcs, parse_json


def test_the_example_of_rfc_8785_section_3_2_4_is_reproduced() -> None:
    source = rb"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert jcs(parse_json(source)) == expected.encode()


def test_every_pair_of_the_reference_collection_is_reproduced(
    standards: Callable[[str], Path],
) -> None:
    folder = standards("vectors/jcs/testdata")
    inputs = sorted((folder / "input").glob("*.json"))
    for path in inputs:
        expected = (folder / "output" / path.name).read_bytes()
        assert jcs(parse_json(path.read_bytes())) == expected.rstrip(b"\n"), path.name
    assert len(inputs) == 6
