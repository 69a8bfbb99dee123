"""The quick reader against the strict one: what it reads, that one reads too, and the same."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.records import plain
from jobtwin.yamlfile import dump, parse

PROJECT = Path(__file__).resolve().parents[3]
KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
TEXTS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    st.lists(st.sampled_from(["word", "a", "- b", "c:", "# d", "'", "", "x" * 60, "yes"])).map(
        " ".join
    ),
    st.lists(st.sampled_from(["line", " more", "", "- a", "k: v", "# c"])).map("\n".join),
    st.lists(st.sampled_from(["it's", "''", "a:", "'", "word"]), min_size=30).map(" ".join),
    st.sampled_from(["null", "true", "012", "1.5", "-1", "1e3", "2026-01-01", "~", "=", "..."]),
)
VALUES = st.one_of(
    TEXTS,
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.none(),
)
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def strict(content: bytes) -> Any:
    """Return what the strict reader reads, or a mark that nothing equals."""
    try:
        return parse(content).data
    except Refused:
        return object()


def same(found: Any, expected: Any) -> bool:
    """Say whether two readings are equal, types included."""
    return repr(found) == repr(expected)


@given(DATA)
@settings(max_examples=300)
@example({"a": "x " * 80, "b": [{"c": "it's\nso", "d": []}]})
def test_what_is_read_quickly_of_a_written_file_is_what_was_written(data: dict[str, Any]) -> None:
    found = plain.read(dump(data))
    assert found is None or same(found, parse(dump(data)).data)


@given(DATA, st.randoms(use_true_random=False))
@settings(max_examples=500)
def test_whatever_somebody_does_to_a_file_the_two_readers_never_differ(
    data: dict[str, Any], dice: random.Random
) -> None:
    content = bytearray(dump(data))
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(content) + 1)
        match dice.randrange(4):
            case 0:
                content[at : at + dice.randint(0, 3)] = b""
            case 1:
                content[at:at] = dice.choice([b" ", b"\n", b":", b"#", b"-", b"'", b"|", b"- "])
            case 2:
                content[at:at] = bytes(content[at : at + dice.randint(0, 12)])
            case _:
                content[at : at + 1] = bytes([dice.choice(b" \n:#-'\"|>{}[]&*!%@,?~.\t0a")])
    found = plain.read(bytes(content))
    assert found is None or same(found, strict(bytes(content)))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !!str 1\n",
        "<<: {}\n",
        "a:\n- b\n",
        'a: "b"\n',
        "a: b # c\n",
        "a: b: c\n",
        "a: b\n c\n   d: e\n",
        "a: |2\n   b\n",
        "a: |-\n\n  b\n",
        "a: |-\n  b\n\n",
        "a: b\n\nc: d\n",
        "a: 'b\n\n  c'\n",
        "a: 'b\nc'\n",
        "a: 'b \n  c'\n",
        "a: 'b' c\n",
        "a: 'b\n  c' d\n",
        "a: 'b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "- a\n",
        "a: b",
        "a: b\r\n",
        "a: ä\n",
        "a:\tb\n",
        "a: >-\n  b\n",
        "? a\n: b\n",
        "",
        "\n",
        "# c\n",
        "a:" + "\n  a:" * 1 + "\n",
    ],
)
def test_what_is_not_written_so_is_left_to_the_strict_reader(text: str) -> None:
    assert plain.read(text.encode()) is None


def test_deep_nesting_and_long_files_are_left_to_the_strict_reader() -> None:
    deep = "".join(f"{'  ' * level}a:\n" for level in range(20)) + "  " * 20 + "a: 1\n"
    assert plain.read(deep.encode()) is None
    assert plain.read(b"a: b\n" + b"b: " + b"c" * 70_000 + b"\n") is None


def test_a_record_as_it_is_written_is_read_quickly() -> None:
    data = {
        "format": 1,
        "kind": "review",
        "at": "2026-09-07T08:00:00Z",
        "scores": [{"dimension": "a", "score": 0.85, "evidence": [{"file": "a.py", "line": 3}]}],
        "comment": "word " * 40 + "end",
        "quoted": "Said: it's " + "word " * 40 + "end",
        "comparator": "<=",
        "summary": "First.\nSecond: with a colon.\n\n  Third.",
        "relations": [],
        "list": ["a", "b c"],
        "flag": True,
    }
    assert same(plain.read(dump(data)), data)


def test_every_file_of_the_project_is_read_the_same_way_by_both() -> None:
    folders = ("policy", "tracks", "twins", "mentors", "cohorts", "keys")
    files = [path for name in folders for path in sorted((PROJECT / name).rglob("*.yml"))]
    assert files
    for path in files:
        content = path.read_bytes()
        found = plain.read(content)
        assert found is None or same(found, strict(content)), path
