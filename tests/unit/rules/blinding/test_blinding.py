"""The cleaner: what it puts in place of names, what it leaves out, and that it says so."""

from __future__ import annotations

import ast
import json

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.blinding import Identifiers, clean, known, manifest
from jobtwin.rules.leaks import scan

INGEBORG = Identifiers(
    logins=("iquisenberry",), names=("Ingeborg Quisenberry",), mails=("inge@acme-robotics.io",)
)

WORDS = "Quisenberry zoe@posteo.de @vasudha99 /home/zoe/ é \n x =".split(" ")


def cleaned(text: str, path: str = "a.md") -> str:
    return clean({path: text.encode()}, INGEBORG).files[path].decode()


def test_the_same_somebody_has_the_same_stand_in_and_the_learner_is_the_learner() -> None:
    files = {
        "a.md": b"zoe@posteo.de, then kim@posteo.de\n",
        "b.md": b"ZOE@posteo.de; inge@acme-robotics.io\n",
    }
    found = clean(files, INGEBORG).files
    assert found["a.md"] == b"person-1@example.invalid, then person-2@example.invalid\n"
    assert found["b.md"] == b"person-1@example.invalid; learner@example.invalid\n"


def test_programs_still_fit_together() -> None:
    files = {
        "quisenberry_tools.py": b"class QuisenberryClient:\n    QUISENBERRY = 1\n",
        "main.py": b"from quisenberry_tools import QuisenberryClient\n",
    }
    found = clean(files, INGEBORG).files
    assert found["learner_tools.py"] == b"class LearnerClient:\n    LEARNER = 1\n"
    assert found["main.py"] == b"from learner_tools import LearnerClient\n"
    assert all(ast.parse(body) for body in found.values())


def test_every_change_is_listed_where_it_was_and_without_the_old_word() -> None:
    found = clean({"a.md": b"fine\nsee /home/zoe/x by Quisenberry\n"}, INGEBORG)
    listed = json.loads(manifest(found))
    assert listed["changed"]["a.md"][0] == [2, 11, "a home folder", "learner"]
    assert b"zoe" not in manifest(found)
    assert b"uisenberry" not in manifest(found)


def test_what_is_no_text_and_no_picture_is_left_out_with_a_reason() -> None:
    files = {
        "a.pdf": b"%PDF-1.7\n",
        "b.bin": b"\0\1\2",
        "c.docx": b"PK\3\4",
        "avatar.gif": b"GIF89a",
    }
    found = clean(files, INGEBORG)
    assert found.files == {}
    assert set(found.left_out) == set(files)


def test_a_notebook_keeps_cells_and_outputs_only() -> None:
    book = {
        "cells": [
            {
                "cell_type": "code",
                "metadata": {"executionInfo": {"user": {"displayName": "Zoe"}}},
                "source": "x = 1",
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["/home/zoe/a\n"]}],
                "execution_count": 4,
            }
        ],
        "metadata": {"authors": [{"name": "Zoe"}], "kernelspec": {"name": "zoe-venv"}},
        "nbformat": 4,
        "nbformat_minor": 2,
    }
    found = json.loads(cleaned(json.dumps(book), "a.ipynb"))
    assert "zoe" not in json.dumps(found).lower()
    assert found["cells"][0]["source"] == ["x = 1"]
    assert found["cells"][0]["outputs"][0]["text"] == ["/home/learner/a\n"]
    assert found["cells"][0]["execution_count"] == 4


def test_settings_stay_readable() -> None:
    text = json.dumps({"author": "Zoe Okonkwo <zoe@posteo.de>", "dependencies": {"x": "1"}})
    assert json.loads(cleaned(text, "package.json"))["author"] == "person-1"


def test_robots_and_reserved_addresses_are_nobody() -> None:
    mails = ["noreply@github.com", "a@b.invalid", "zoe@posteo.de"]
    found = known(["zoe"], ["GitHub", "dependabot[bot]", "Zoe O"], mails, [])
    assert (found.names, found.mails) == (("Zoe O",), ("zoe@posteo.de",))


@given(st.lists(st.sampled_from(WORDS)))
def test_what_is_cleaned_twice_is_what_is_cleaned_once(words: list[str]) -> None:
    once = clean({"a.md": " ".join(words).encode()}, INGEBORG).files
    assert clean(once, INGEBORG).files == once
    assert scan(once, INGEBORG) == []
