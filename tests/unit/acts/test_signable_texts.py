"""A text that must not be signed is told where it is written, and never signed at last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import check, review
from jobtwin.acts.issue import issue
from jobtwin.acts.submit import Wish, start_file
from jobtwin.credential.holder import hashed, read_kept
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Review
from jobtwin.records.intake import StartRequest
from jobtwin.repository import append
from jobtwin.repository.append import Author

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 2, tzinfo=UTC)
HIDDEN = "\u200b"


def test_check_names_the_place_in_the_definition(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    lines = ["format: 1", f"name: Aca{HIDDEN}demy", "url: https://a.example"]
    lines += ["did: did:web:a.example", "description: Twins."]
    (folder / "issuer.yml").write_text("\n".join(lines) + "\n", "utf-8")
    (found,) = check.check(tmp_path).findings
    assert str(found).startswith("keys/issuer.yml:2:1: VC-017 `name`: character 4 is U+200B")


def test_a_mentor_is_told_before_signing(desk: Any) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    written = desk.written(attempt).model_copy(update={"summary": f"Well{HIDDEN} done."})
    found = review.check(desk.ledger(), load(Review, write(written), "review.yml"))
    assert [finding.code for finding in found] == ["VC-017"]
    assert found[0].place is not None


def test_nothing_is_signed_with_such_a_text_even_where_nobody_checked(desk: Any) -> None:
    desk.graded(score=0.9)
    issuer = desk.ledger().issuer
    bad = issuer.model_copy(update={"name": f"Aca{HIDDEN}demy"})
    who = Author("A Founder", "founder@people.invalid")
    append.add(desk.git, {layout.ISSUER: write(bad)}, "Rename", datetime.now(UTC), who)
    with pytest.raises(Refused, match="VC-017"):
        issue(desk.event(), desk.ledger(), desk.holders)
    assert not list(desk.ledger().credentials())


def _repo(desk: Any, tmp_path: Path) -> Path:
    for path in desk.ledger().tree.paths("twins/jt-incident-4"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(desk.ledger().tree.read(path))
    return tmp_path


def test_a_name_is_kept_and_hashed_as_one_spelling(desk: Any, tmp_path: Path) -> None:
    repo = _repo(desk, tmp_path)
    content, _ = start_file(repo, Wish("jt-incident-4", name=" Zoe\u0308 "), repo, AT)
    (kept,) = (repo / ".jobtwin").glob("name-*.txt")
    name, salt = read_kept(kept.read_bytes())
    assert name == "Zoë"
    assert load(StartRequest, content).record.recipient == hashed("Zoë", salt)


def test_a_name_that_hides_something_is_not_hashed(desk: Any, tmp_path: Path) -> None:
    repo = _repo(desk, tmp_path)
    for name in (f"Lea{HIDDEN}", "Lea\u202eaeL", "\n", "x" * 201):
        with pytest.raises(Refused, match="VC-017"):
            start_file(repo, Wish("jt-incident-4", name=name), repo, AT)
    assert not list(repo.glob(".jobtwin/name-*"))
