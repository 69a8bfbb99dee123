"""What may happen to files, keys and dated rules between one commit and the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.organisation import ActKey, ActKeys, IssuerKeyEntry, IssuerKeys
from jobtwin.rules.replay.clock import check_commit
from jobtwin.rules.replay.files import FileChange, WriteOnce, is_record
from jobtwin.rules.replay.organisation import check_act_keys, check_issuer_keys

T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NONE, FILE = "000000", "100644"
KEY = "z6Mk" + "a" * 44
PATHS = st.sampled_from(["grades/a.yml", "grades/b.yml", "submissions/a.yml", "docs/a.md"])


def _added(path: str, blob: str = "1") -> FileChange:
    return FileChange(path, NONE, FILE, "0", blob)


def _removed(path: str, blob: str = "1") -> FileChange:
    return FileChange(path, FILE, NONE, blob, "0")


def _codes(files: WriteOnce, *changes: FileChange) -> list[str]:
    return [finding.code for finding in files.check(changes)]


@given(st.sets(PATHS))
def test_adding_records_is_never_flagged(paths: set[str]) -> None:
    assert _codes(WriteOnce(), *map(_added, sorted(paths))) == []


@given(st.lists(PATHS, unique=True), PATHS)
def test_removing_a_record_is_always_flagged(before: list[str], path: str) -> None:
    files = WriteOnce()
    _codes(files, *map(_added, before))
    assert _codes(files, _removed(path)) == (["AUD-002"] if is_record(path) else [])


def test_a_mode_change_alone_is_told_as_one() -> None:
    change = FileChange("grades/a.yml", FILE, "120000", "1", "1")
    assert _codes(WriteOnce(), change) == ["AUD-005"]


def test_a_submodule_is_no_record() -> None:
    change = FileChange("grades/a", NONE, "160000", "0", "1")
    (finding,) = WriteOnce().check([change])
    assert (finding.code, finding.message) == ("AUD-005", "it is a submodule")


def test_the_inbox_and_a_folders_readme_are_no_records() -> None:
    assert not is_record("submissions/inbox/x.yml")
    assert not is_record("grades/README.md")
    assert is_record("grades/jt-x-1/README.md")


def _acts(**changes: object) -> ActKeys:
    key = ActKey(id="clock-1", acts=("start",), public_key=KEY, since=T0)
    return ActKeys(format=1, keys=(key.model_copy(update=changes),))


def test_a_key_of_an_act_may_gain_an_end_and_lose_none() -> None:
    ended = _acts(until=T0 + timedelta(days=1))
    assert list(check_act_keys(_acts(), ended, "k")) == []
    assert [f.code for f in check_act_keys(ended, _acts(), "k")] == ["AUD-010"]


@pytest.mark.parametrize("change", [{"acts": ("start", "issue")}, {"since": T0 - timedelta(1)}])
def test_a_key_of_an_act_gains_nothing_else(change: dict[str, object]) -> None:
    assert [f.code for f in check_act_keys(_acts(), _acts(**change), "k")] == ["AUD-010"]


def _issuer(**changes: object) -> IssuerKeys:
    key = IssuerKeyEntry(fragment="key-1", public_key=KEY, since=T0)
    return IssuerKeys(format=1, keys=(key.model_copy(update=changes),))


def test_an_issuer_key_may_be_retired_and_then_be_found_compromised() -> None:
    retired = _issuer(retired=T0)
    both = _issuer(retired=T0, compromised=T0)
    assert list(check_issuer_keys(_issuer(), retired, "k")) == []
    assert list(check_issuer_keys(retired, both, "k")) == []
    assert [f.code for f in check_issuer_keys(both, retired, "k")] == ["AUD-011"]


@given(st.integers(-1000, 1000))
def test_a_commit_may_be_older_than_its_parent_by_the_skew_only(seconds: int) -> None:
    found = list(check_commit(T0 + timedelta(seconds=seconds), T0, timedelta(seconds=300), "c"))
    assert bool(found) == (seconds < -300)
