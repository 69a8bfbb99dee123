"""How a file becomes a record: every error at its place, nothing coerced, nothing passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, StringConstraints, ValidationError

from jobtwin.errors import Refused
from jobtwin.records import forms
from jobtwin.records.base import (
    WRONG_VALUE,
    Line,
    Moment,
    Part,
    Record,
    RelativePath,
    Slug,
    Text,
    TwinId,
    load,
    stamp,
    write,
)


class Wheel(Part):
    size: int
    spokes: tuple[float, ...] = ()


class Vehicle(Record):
    name: Line
    wheels: tuple[Wheel, ...]
    fast: bool = False
    built: Moment | None = None
    spare: Wheel | None = None
    limit: Annotated[int, Field(ge=0)] | Literal["unlimited"] = 0
    note: Text | None = None


SOUND = "format: 1\nname: Cart\nwheels:\n  - size: 20\n"


def told(text: str) -> list[tuple[str, int | None, int | None, str]]:
    with pytest.raises(Refused) as caught:
        load(Vehicle, text.encode(), "cart.yml")
    assert {finding.path for finding in caught.value.findings} == {"cart.yml"}
    return [(f.code, f.line, f.column, f.message) for f in caught.value.findings]


def test_a_sound_file_is_a_record_that_nobody_can_change() -> None:
    loaded = load(Vehicle, SOUND.encode(), "cart.yml")
    assert loaded.record == Vehicle(format=1, name="Cart", wheels=(Wheel(size=20),))
    assert loaded.path == "cart.yml"
    assert loaded.place("wheels", 0, "size") == (4, 5)
    with pytest.raises(ValidationError):
        loaded.record.name = "Car"


def test_a_finding_of_a_rule_stands_at_the_place_of_the_value() -> None:
    finding = load(Vehicle, SOUND.encode(), "cart.yml").finding(WRONG_VALUE, "odd", "wheels", 0)
    assert finding.place == "cart.yml:4:5"
    assert finding.hint == WRONG_VALUE.fix


def test_every_finding_of_a_file_comes_at_once_and_at_its_place() -> None:
    text = "format: 2\nname: 7\nwheels:\n  - sise: 20\n  - size: 21\n    spokes: [1.5, wood]\n"
    assert [(code, line, column) for code, line, column, _ in told(text)] == [
        ("REC-003", 1, 1),
        ("REC-003", 2, 1),
        ("REC-001", 4, 5),
        ("REC-002", 4, 5),
        ("REC-003", 6, 19),
    ]


def test_a_misspelt_field_is_told_with_what_was_probably_meant() -> None:
    (found,) = told(f"{SOUND}nmae: x\nbiult: 1\n"[: len(SOUND) + 8])
    assert found[3] == "`nmae` is not a known field; did you mean `name`?"


def test_a_misspelt_field_of_a_part_is_compared_with_the_fields_of_that_part() -> None:
    messages = [message for *_, message in told(f"{SOUND}    spoke: [1]\nspare: {{siz: 1}}\n")]
    assert "`wheels.0.spoke` is not a known field; did you mean `spokes`?" in messages
    assert "`spare.siz` is not a known field; did you mean `size`?" in messages


def test_a_field_that_is_like_no_other_is_told_without_a_guess() -> None:
    assert told(f"{SOUND}colour: red\n")[0][3] == "`colour` is not a known field"


def test_a_missing_field_is_told_where_it_belongs() -> None:
    assert told("format: 1\nwheels:\n  - spokes: []\n") == [
        ("REC-001", 1, 1, "`name` is missing"),
        ("REC-001", 3, 5, "`wheels.0.size` is missing"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        'size: "20"',
        "size: 20.0",
        "size: 20.5",
        "size: true",
        "size: null",
        "size: [20]",
        "size: 020",
    ],
)
def test_a_whole_number_is_taken_as_written_or_not_at_all(line: str) -> None:
    assert [code for code, *_ in told(SOUND.replace("size: 20", line))] == ["REC-003"]


@pytest.mark.parametrize("value", ['"1.5"', "true", "1e3", "null", ".inf", ".nan"])
def test_a_decimal_number_is_not_made_from_anything_else(value: str) -> None:
    assert [code for code, *_ in told(f"{SOUND}    spokes: [{value}]\n")] == ["REC-003"]


def test_a_whole_number_may_stand_where_a_decimal_is_asked_for() -> None:
    loaded = load(Vehicle, f"{SOUND}    spokes: [1, 0.5]\n".encode())
    assert loaded.record.wheels[0].spokes == (1.0, 0.5)


@pytest.mark.parametrize("value", ["yes", "NO", "1", "0", '"true"', "True", "null"])
def test_only_true_and_false_are_truth_values(value: str) -> None:
    assert [code for code, *_ in told(f"{SOUND}fast: {value}\n")] == ["REC-003"]


@pytest.mark.parametrize("value", ["7", "1.5", "true", "null", "[]", "{}", '""', '"  "'])
def test_a_line_of_text_is_not_made_from_anything_else(value: str) -> None:
    assert [code for code, *_ in told(SOUND.replace("Cart", value))] == ["REC-003"]


def test_a_line_has_no_line_break_and_at_most_200_characters() -> None:
    assert [code for code, *_ in told(SOUND.replace("Cart", '"a\\nb"'))] == ["REC-003"]
    assert [code for code, *_ in told(SOUND.replace("Cart", "x" * 201))] == ["REC-003"]
    assert load(Vehicle, SOUND.replace("Cart", "x" * 200).encode()).record.name == "x" * 200


@pytest.mark.parametrize("text", ["", "- 1\n", "just text\n", "12\n", "null\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert [code for code, *_ in told(text)] == ["REC-003"]


def test_a_choice_of_kinds_is_told_at_its_field() -> None:
    found = told(f"{SOUND}limit: -1\n")
    assert {(code, line) for code, line, *_ in found} == {("REC-003", 5)}
    assert load(Vehicle, f"{SOUND}limit: unlimited\n".encode()).record.limit == "unlimited"


def test_what_is_wrong_with_the_yaml_is_told_before_anything_else() -> None:
    assert [code for code, *_ in told(f"{SOUND}name: x\nodd: 1\n")] == ["YML-003"]


@pytest.mark.parametrize("value", ["2026-11-21", "2026-11-21T09:00:00", "09:00", "1763715600"])
def test_a_moment_without_its_zone_is_refused(value: str) -> None:
    assert {code for code, *_ in told(f"{SOUND}built: {value}\n")} == {"REC-003"}


def test_a_moment_is_kept_and_written_in_utc_whatever_zone_it_came_in() -> None:
    loaded = load(Vehicle, f"{SOUND}built: 2026-11-21T10:30:00+01:30\n".encode())
    assert loaded.record.built == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert loaded.record.built is not None
    assert loaded.record.built.utcoffset() == timedelta(0)
    assert b"built: '2026-11-21T09:00:00Z'\n" in write(loaded.record)


@given(st.integers(-14 * 60, 14 * 60), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants them without a zone
def test_a_stamp_does_not_depend_on_the_zone(minutes: int, moment: datetime) -> None:
    here = moment.replace(tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(minutes=minutes)))
    assert stamp(there) == stamp(here) == f"{moment:%Y-%m-%dT%H:%M:%S}Z"


@given(
    st.builds(
        Vehicle,
        format=st.just(1),
        name=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20),
        wheels=st.lists(
            st.builds(
                Wheel,
                size=st.integers(-(10**17), 10**17),
                spokes=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3).map(
                    tuple
                ),
            ),
            max_size=3,
        ).map(tuple),
        fast=st.booleans(),
        built=st.none()
        | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
            lambda moment: moment.replace(microsecond=0)
        ),
        limit=st.integers(0, 100) | st.just("unlimited"),
    )
)
def test_a_record_that_is_written_is_read_back(vehicle: Vehicle) -> None:
    assert load(Vehicle, write(vehicle, "schema.json")).record == vehicle
    assert write(load(Vehicle, write(vehicle)).record) == write(vehicle)


def test_what_is_none_is_left_out() -> None:
    assert write(load(Vehicle, SOUND.encode()).record) == (
        b"format: 1\nname: Cart\nwheels:\n  - size: 20\n    spokes: []\nfast: false\nlimit: 0\n"
    )


class Named(Part):
    slug: Slug | None = None
    twin: TwinId | None = None
    path: RelativePath | None = None


@pytest.mark.parametrize(
    "line",
    [
        "slug: A",
        "slug: a_b",
        "slug: -a",
        "slug: a--b",
        "slug: 'a\n\n'",
        "twin: incident-4",
        "twin: jt-",
        "twin: jt-A",
        "path: ../secret",
        "path: /etc/passwd",
        "path: a/../b",
        "path: a//b",
        "path: .git/config",
        "path: a/.hidden",
        "path: a\\b",
        'path: "a\\tb"',
        "path: ''",
    ],
)
def test_names_and_paths_hold_nothing_but_plain_parts(line: str) -> None:
    with pytest.raises(Refused) as caught:
        load(Named, line.encode())
    assert [finding.code for finding in caught.value.findings] == ["REC-003"]


def test_plain_names_and_paths_are_taken() -> None:
    named = Named(slug="a-1", twin="jt-rag-1", path="a/B_c-d.e/f.yml")
    assert load(Named, write(named)).record == named


def words(text: str) -> str:
    with pytest.raises(Refused) as refused:
        load(Vehicle, text.encode(), "vehicle.yml")
    return str(refused.value)


def test_a_placeholder_that_nobody_replaced_is_told_as_one() -> None:
    left = SOUND.replace("size: 20", 'size: "<size in centimetres>"')
    assert "the placeholder still stands here; put your own value in its place" in words(left)


def test_an_empty_file_is_told_as_one() -> None:
    assert "the file is empty" in words("")


@pytest.mark.parametrize(("form", "said"), forms.IN_WORDS.items())
def test_a_person_is_told_a_form_in_words_and_never_as_a_pattern(form: str, said: str) -> None:
    class Typed(Part):
        value: Annotated[str, StringConstraints(pattern=form)]

    with pytest.raises(Refused) as refused:
        load(Typed, b'value: "?\\n?"\n')
    assert said in str(refused.value)
    assert form not in str(refused.value)


def test_a_truth_value_is_asked_for_by_what_to_write() -> None:
    assert "`fast`: write `true` or `false`" in words(f"{SOUND}fast:\n")
