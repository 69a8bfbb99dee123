"""did.json, jwks.json and the bare JWKs say the same of the same keys, whatever their lives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import multikey
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.key_history import check_history, key_files
from jobtwin.credential.keys import SeedSigner, base64url_decode, compare_keys, thumbprint
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.organisation import IssuerKeyEntry, IssuerKeys
from jobtwin.site.signed import bare_keys

DID = "did:web:a.example"
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DATES = ("created", "retired")


def entry(seed: int, retired: bool = False, compromised: bool = False) -> IssuerKeyEntry:
    key = SeedSigner("", seed.to_bytes(32, "big")).public_key
    end = AT + timedelta(days=seed)
    return IssuerKeyEntry(
        fragment=f"key-{seed}",
        public_key=multikey.encode(key),
        since=AT + timedelta(hours=seed),
        retired=end if retired else None,
        compromised=end if compromised else None,
    )


LIVES = st.dictionaries(
    st.integers(1, 9), st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6
)


@given(LIVES)
def test_the_three_forms_agree_byte_for_byte(lives: dict[int, tuple[bool, bool]]) -> None:
    keys = IssuerKeys(format=1, keys=tuple(entry(n, *life) for n, life in lives.items()))
    files = key_files(DID, keys)
    jwks, did = json.loads(files[layout.JWKS]), json.loads(files[layout.DID])
    methods = {method["id"]: method for method in did["verificationMethod"]}
    named = {n: f"{DID}#key-{n}" for n, (_, compromised) in lives.items() if not compromised}
    assert set(named.values()) == {name for name in methods if "#key-" in name}
    assert did["assertionMethod"] == list(methods)
    bare = bare_keys(files[layout.JWKS])
    assert len(jwks["keys"]) == len(named) == len(bare) == len(methods) / 2
    for jwk, method in zip(jwks["keys"], did["verificationMethod"], strict=False):
        key = multikey.decode(method["publicKeyMultibase"])
        assert base64url_decode(jwk["x"]) == key
        assert jwk["kid"] == thumbprint(key)
        assert bare[f"keys/{jwk['kid']}.jwk.json"] == to_bytes(jwk)
        plain = {name: value for name, value in jwk.items() if name not in DATES}
        assert to_bytes(methods[f"{DID}#{jwk['kid']}"]["publicKeyJwk"]) == to_bytes(plain)
    assert compare_keys(files[layout.JWKS], files[layout.DID]) == ()


@given(LIVES)
def test_what_is_published_follows_from_the_history(lives: dict[int, tuple[bool, bool]]) -> None:
    keys = IssuerKeys(format=1, keys=tuple(entry(n, *life) for n, life in lives.items()))
    files = key_files(DID, keys)
    told = check_history(write(keys), DID, files[layout.DID], files[layout.JWKS])
    assert told.startswith("1 key so far" if len(lives) == 1 else f"{len(lives)} keys so far")


@pytest.mark.parametrize("other", ["more", "fewer", "another issuer's", "spaces"])
def test_a_published_key_that_no_history_has_is_told(other: str) -> None:
    keys = IssuerKeys(format=1, keys=(entry(1), entry(2)))
    files: dict[str, Any] = key_files(DID, keys)
    if other == "spaces":
        files = {path: content + b" " for path, content in files.items()}
    elif other == "another issuer's":
        files = key_files("did:web:b.example", keys)
    else:
        count = 3 if other == "more" else 1
        changed = tuple(entry(n) for n in range(1, count + 1))
        files = key_files(DID, IssuerKeys(format=1, keys=changed))
    with pytest.raises(Refused, match="VC-034"):
        check_history(write(keys), DID, files[layout.DID], files[layout.JWKS])


def test_a_history_that_is_no_record_is_refused() -> None:
    for content in (b"", b"keys: []", b"\xff", b"format: 1\nkeys: [{}]"):
        with pytest.raises(Refused):
            check_history(content, DID, b"", b"")
