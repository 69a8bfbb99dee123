"""Strict YAML: what is refused, what stays text, and that what is written is read back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobtwin.errors import EngineError, Refused
from jobtwin.yamlfile import MAX_BYTES, MAX_DEPTH, dump, parse, unshowable

if TYPE_CHECKING:
    from jobtwin.findings import Finding

SHOWABLE = st.text(
    st.characters(exclude_categories=["Cs"]).filter(lambda letter: unshowable(letter) is None)
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SHOWABLE
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SHOWABLE, inner, max_size=4),
    max_leaves=12,
)


def findings(content: bytes) -> tuple[Finding, ...]:
    try:
        parse(content, "x")
    except Refused as refusal:
        return refusal.findings
    return ()


def refused(text: str | bytes) -> list[tuple[str, int | None, int | None]]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(Refused) as caught:
        parse(content, "file.yml")
    assert all(finding.path == "file.yml" for finding in caught.value.findings)
    return [(finding.code, finding.line, finding.column) for finding in caught.value.findings]


@given(DATA)
@example("<<")
@example({"<<": "=", "": "", "null": "~", "- x": "# no comment", "a: b": "? c"})
@example({"a": "NO", "b": "012", "c": "2026-01-01", "d": "1e5", "e": ".inf", "f": "0x1F"})
@example([0.0, 1e-05, 5.8e-05, 1e16, 1.7976931348623157e308, 5e-324, 0.1 + 0.2])
@example(["  two\n lines", "a\n\n", "\n", "\ttab\nmore", "trailing \nspace", "a\r\nb"])
def test_what_is_written_is_read_back(data: Any) -> None:
    again = parse(dump(data)).data
    assert again == data
    assert repr(again) == repr(data)


@given(DATA)
def test_the_line_for_editors_changes_nothing(data: Any) -> None:
    written = dump(data, schema="../../docs/reference/schemas/twin.json")
    first, _, rest = written.partition(b"\n")
    assert first == b"# yaml-language-server: $schema=../../docs/reference/schemas/twin.json"
    assert rest == dump(data)
    assert parse(written).data == data


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_code(content: bytes) -> None:
    assert all(finding.code.startswith("YML-") for finding in findings(content))


@given(st.text(alphabet="ab:-?&*!<>|'\"%@`{}[],#~ \n\t01.é\\x", max_size=60))
def test_any_punctuation_is_read_or_refused_with_a_place(text: str) -> None:
    assert all(finding.line and finding.column for finding in findings(text.encode()))


@given(SHOWABLE, st.binary(max_size=40))
def test_a_byte_that_is_not_utf8_is_told_at_its_line_and_column(text: str, after: bytes) -> None:
    place = (text.count("\n") + 1, len(text.rsplit("\n", maxsplit=1)[-1]) + 1)
    assert refused(text.encode() + b"\xff" + after) == [("YML-005", *place)]


@pytest.mark.parametrize(
    "text",
    "NO no yes on off True FALSE Null TRUE 012 0o14 0x1F 1_000 +5 1e5 1. .5 1.5e3 .inf .nan "
    "2026-01-01 2026-11-21T09:00:00Z 12:30:45 0b1 = 00 -01 01.5 1.2.3".split(),
)
def test_what_other_readers_would_convert_stays_text(text: str) -> None:
    assert parse(f"a: {text}".encode()).data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("999999999999999999", 999999999999999999),
        ("1000000000000000000", "1000000000000000000"),
        ("0.65", 0.65),
        ("-0.05", -0.05),
        ("1.0", 1.0),
        ('"true"', "true"),
        ("'12'", "12"),
        ("|\n  12", "12"),
    ],
)
def test_only_plain_words_and_numbers_are_anything_but_text(text: str, value: Any) -> None:
    found = parse(f"a: {text}".encode()).data["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_an_empty_file_holds_nothing(text: str) -> None:
    assert parse(text.encode()).data is None


def test_every_value_has_its_line_and_column() -> None:
    document = parse(b"a: 1\nb:\n  - x\n  - c: 2\n    d: [3, 4]\n")
    assert document.place() == (1, 1)
    assert document.place("a") == (1, 1)
    assert document.place("b", 0) == (3, 5)
    assert document.place("b", 1, "d") == (5, 5)
    assert document.place("b", 1, "d", 1) == (5, 12)


def test_the_place_of_what_is_missing_is_that_of_what_is_around_it() -> None:
    document = parse(b"a:\n  b: 1\n")
    assert document.place("a", "c", "d") == document.place("a") == (1, 1)
    assert parse(b"").place("a") is None


def test_a_key_that_stands_twice_is_told_each_time_and_at_any_depth() -> None:
    text = "a: 1\nb:\n  - c: 1\n    c: 2\na: 2\na: 3\n"
    assert refused(text) == [("YML-003", 4, 5), ("YML-003", 5, 1), ("YML-003", 6, 1)]


def test_the_same_key_written_in_two_ways_is_the_same_key() -> None:
    assert refused("a: 1\n\"a\": 2\n'a': 3\n") == [("YML-003", 2, 1), ("YML-003", 3, 1)]
    assert refused('1: a\n"1": b\n') == [("YML-003", 2, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1",
        "a: *x",
        "&x a: 1",
        "*x : 1",
        "a: !!int 1",
        "a: !!python/object/apply:os.system [ls]",
        "a: ! 1",
        "a: !mine {}",
        "<<: {a: 1}",
        "a: &x [1, 2]",
        "&x {a: 1}",
    ],
)
def test_anchors_aliases_tags_and_merge_keys_are_refused(text: str) -> None:
    assert {code for code, *_ in refused(text)} == {"YML-004"}


def test_a_bomb_of_aliases_is_refused_before_it_goes_off() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert {code for code, *_ in refused("\n".join(lines))} == {"YML-004"}


def test_the_text_of_a_merge_key_is_plain_text_where_it_is_quoted_or_a_value() -> None:
    assert parse(b'"<<": 1\na: <<\n').data == {"<<": 1, "a": "<<"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\n\tb: 2", 2, 1),
        ("a:\n\t- 1", 2, 1),
        ("a: [1, 2\n", 2, 1),
        ("a: b: c", 1, 5),
        ("a: 'x", 1, 6),
        ("- a\nb: 1", 2, 1),
        ("a: @x", 1, 4),
        ("a: 1\n---\nb: 2", 3, 1),
        ("? [a, b]\n: 1", 1, 3),
        ("{a: 1}: 2", 1, 1),
        ('a: "\\ud800"', 1, 7),
    ],
)
def test_what_is_not_yaml_is_told_where_it_stops_being_it(
    text: str, line: int, column: int
) -> None:
    assert refused(text) == [("YML-002", line, column)]


@pytest.mark.parametrize(
    "letter",
    "\x00\x07\x1b\x7f\x80\x85\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff",
)
def test_invisible_and_direction_changing_characters_are_refused_raw_and_escaped(
    letter: str,
) -> None:
    assert refused(f"a: 1\nb: x{letter}y\n") == [("YML-005", 2, 5)]
    escape = f"\\u{ord(letter):04x}"
    assert refused(f'a: 1\nb: "x{escape}y"\n') == [("YML-005", 2, 4)]
    assert refused(f'a: 1\n"x{escape}y": 2\n') == [("YML-005", 2, 1)]


def test_every_such_character_is_told_not_only_the_first_line() -> None:
    assert refused("a: \u202e\nb: 1\nc: \u202d\n") == [("YML-005", 1, 4), ("YML-005", 3, 4)]


def test_letters_of_any_script_and_emoji_are_text() -> None:
    text = "名前 שם اسم 👩‍🔬 Ωμέγα"
    assert parse(f"a: {text}".encode()).data == {"a": text}


@pytest.mark.parametrize("content", ["a: é".encode("latin-1"), "a: 1".encode("utf-16")])
def test_another_encoding_than_utf8_is_refused(content: bytes) -> None:
    assert [code for code, *_ in refused(content)] == ["YML-005"]


def test_depth_is_refused_from_one_more_than_the_limit() -> None:
    parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    deeper = MAX_DEPTH + 2
    assert refused(b"[" * deeper + b"]" * deeper) == [("YML-006", 1, MAX_DEPTH + 2)]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 100_000, "? " * 100_000])
def test_depth_without_end_is_refused_and_nothing_breaks(text: str) -> None:
    assert [code for code, *_ in refused(text)] in (["YML-006"], ["YML-002"])


def test_ten_megabytes_are_refused_without_being_read() -> None:
    content = b"a: [" + b"1, " * (10 * 1024 * 1024 // 3) + b"1]"
    start = time.perf_counter()
    assert refused(content) == [("YML-001", None, None)]
    assert time.perf_counter() - start < 1


def test_a_file_of_exactly_the_limit_is_read() -> None:
    content = b"a: 1 #" + b"x" * (MAX_BYTES - 6)
    assert parse(content).data == {"a": 1}
    assert refused(content + b"x") == [("YML-001", None, None)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_not_written(value: float) -> None:
    with pytest.raises(EngineError):
        dump({"a": value})


@pytest.mark.parametrize("text", ["a\u202eb", "\x00", "x\x1b[31m", "\ufeffa"])
def test_text_that_could_not_be_read_again_is_not_written(text: str) -> None:
    with pytest.raises(EngineError, match=r"U\+"):
        dump({"a": text})
    with pytest.raises(EngineError, match=r"U\+"):
        dump({text: "a"})
