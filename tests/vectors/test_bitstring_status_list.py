"""The encoded list of the Recommendation.

Source: W3C Recommendation "Bitstring Status List v1.0", example of a list credential,
https://www.w3.org/TR/vc-bitstring-status-list/#example-example-bitstringstatuslistcredential.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from jobtwin.credential import status

ENCODED = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


def test_the_example_is_read_as_131072_entries_none_set() -> None:
    assert status.decode_list(ENCODED) == bytes(131_072 // 8)


def test_our_empty_list_says_the_same() -> None:
    assert status.decode_list(status.encode_list([])) == status.decode_list(ENCODED)


def test_every_published_list_is_read_as_it_is_described(
    standards: Callable[[str], Path],
) -> None:
    published = json.loads(standards("vectors/bitstring-status-list/rec-examples.json").read_text())
    assert [vector["encodedList"] for vector in published["vectors"]] == [ENCODED]
    for vector in published["vectors"]:
        bits = status.decode_list(vector["encodedList"])
        found = [index for index in range(len(bits) * 8) if status.is_set(bits, index)]
        assert (len(bits) * 8, found) == (vector["bits"], vector["set"])
