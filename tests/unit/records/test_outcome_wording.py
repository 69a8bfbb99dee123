"""An outcome is written in one way and read in no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.records.outcome import Outcome
from jobtwin.records.outcome_wording import MAX_COMMENT, read_wording, types, wording
from jobtwin.yamlfile import unshowable

COMMENTS = (
    st.text(max_size=MAX_COMMENT)
    .map(lambda text: text.strip() or None)
    .filter(lambda text: not unshowable(text or ""))
)
HIRED = st.builds(
    Outcome,
    hired=st.just(True),
    in_role=st.booleans(),
    again=st.sampled_from((True, False, None)),
    comment=COMMENTS,
)
NOT_HIRED = st.builds(
    Outcome, hired=st.just(False), again=st.sampled_from((True, False, None)), comment=COMMENTS
)
SAID = Outcome(hired=True, in_role=True, again=True)


@given(HIRED | NOT_HIRED)
def test_what_is_written_is_read_back(outcome: Outcome) -> None:
    assert read_wording(wording(outcome), types(outcome)) == outcome


@given(HIRED | NOT_HIRED, HIRED | NOT_HIRED)
def test_types_of_another_outcome_are_a_contradiction(one: Outcome, other: Outcome) -> None:
    if types(one) == types(other):
        assert read_wording(wording(one), types(other)) == one
    else:
        with pytest.raises(Refused, match="the types say otherwise"):
            read_wording(wording(one), types(other))


def test_the_words_are_those_of_the_how_to_page() -> None:
    words = "90-day outcome. Hired: yes. In the role 90 days after beginning: yes. "
    assert wording(SAID) == words + "Would hire again: yes."
    assert types(SAID) == (
        "ext:NinetyDayOutcome", "ext:Hired", "ext:InRoleAt90Days", "ext:WouldHireAgain"
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"hired": False},
        {"in_role": None},
        {"comment": " ahead"},
        {"comment": "behind\n"},
        {"comment": "x" * (MAX_COMMENT + 1)},
        {"comment": "reads \u202eother wise"},
        {"comment": "rings \x07"},
    ],
)
def test_what_contradicts_itself_or_cannot_be_shown_is_not_written(
    changes: dict[str, object],
) -> None:
    with pytest.raises(Refused, match="ATT-010"):
        wording(SAID.model_copy(update=changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hired: yes.",
        wording(SAID).replace("Hired: yes", "Hired: maybe"),
        wording(SAID) + " And more.",
        wording(SAID) + "\n\n",
        wording(SAID) + "\n\n\n\nWell.",
        wording(SAID).replace("yes", "Yes"),
        " " + wording(SAID),
    ],
)
def test_other_words_are_no_outcome(text: str) -> None:
    with pytest.raises(Refused, match="ATT-010"):
        read_wording(text, types(SAID))
