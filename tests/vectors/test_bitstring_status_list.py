"""The encoded list of the Recommendation.

Source: W3C Recommendation "Bitstring Status List v1.0", example of a list credential,
https://www.w3.org/TR/vc-bitstring-status-list/#example-example-bitstringstatuslistcredential.
"""

from __future__ import annotations

from jobtwin.credential import status

ENCODED = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


def test_the_example_is_read_as_131072_entries_none_set() -> None:
    assert status.decode_list(ENCODED) == bytes(131_072 // 8)


def test_our_empty_list_says_the_same() -> None:
    assert status.decode_list(status.encode_list([])) == status.decode_list(ENCODED)
