"""A box hands an inbox in, and nobody without the key learns more of it than its length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import sealing
from jobtwin.errors import Refused
from jobtwin.repository import boxes, snapshot

SECRET = bytes(range(32))
KEY = sealing.public_half(SECRET)
SALT = b"s" * 32
SEED = "5" * 64


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.py", fullmatch=True), st.binary()))
def test_what_is_put_into_a_box_comes_out_of_it(files: dict[str, bytes]) -> None:
    assert boxes.opened(boxes.close(files, KEY, SEED, SALT), SECRET, SEED).files == files


def test_the_digest_of_the_content_hangs_on_the_salt() -> None:
    first, again, other = (
        boxes.opened(boxes.close({"a.md": b"x"}, KEY, SEED, salt), SECRET, SEED).content
        for salt in (SALT, SALT, b"t" * 32)
    )
    assert first == again != other


@pytest.mark.parametrize(
    "box",
    [
        b"",
        b"nothing",
        boxes.close({"secret-name.md": b"x"}, sealing.public_half(b"o" * 32), SEED, SALT),
        sealing.seal(b"no tar file", KEY),
        sealing.seal(snapshot.tar({"../secret-name.md": b"x"}), KEY),
        sealing.seal(snapshot.tar({"salt": SALT, "secret-name.md": b"x"}), KEY),
        boxes.close({"secret-name.md": b"x"}, KEY, SEED, b"short"),
    ],
    # Of their own: boxes differ in every process that makes them.
    ids=["empty", "words", "another key", "no tar", "a way out", "a salt twice", "a short salt"],
)
def test_what_is_no_box_is_refused_without_a_word_of_its_content(box: bytes) -> None:
    with pytest.raises(Refused) as refused:
        boxes.opened(box, SECRET, SEED)
    assert [finding.code for finding in refused.value.findings] == ["INB-013"]
    assert "secret-name" not in str(refused.value)


def test_a_box_of_another_kit_is_refused() -> None:
    box = boxes.close({"a.md": b"x"}, KEY, "6" * 64, SALT)
    with pytest.raises(Refused, match="INB-015"):
        boxes.opened(box, SECRET, SEED)
