"""The scanner: what it finds, what it leaves alone, and where it says that something is."""

from __future__ import annotations

import base64

import pytest

from jobtwin.rules import leaks
from jobtwin.rules.leaks import Identifiers, Leak, scan

INGEBORG = Identifiers(
    logins=("iquisenberry",),
    names=("Ingeborg Quisenberry",),
    mails=("ingeborg.q@acme-robotics.io",),
)
NOBODY = Identifiers()


def found(text: str, known: Identifiers = INGEBORG, path: str = "a.md") -> list[Leak]:
    return scan({path: text.encode()}, known)


def kinds(text: str, known: Identifiers = NOBODY, path: str = "a.md") -> list[str]:
    return [leak.kind for leak in found(text, known, path)]


def test_a_leak_is_named_by_path_line_column_and_kind_and_never_repeated() -> None:
    (leak,) = found("fine\n  by Quisenberry, last week\n")
    assert (leak.path, leak.line, leak.column) == ("a.md", 2, 6)
    told = leaks.finding(leak)
    assert told.place == "a.md:2:6"
    assert "uisenberry" not in f"{told} {told.hint}"


@pytest.mark.parametrize(
    "text",
    [
        "Quisenberry's cache",
        "QUISENBERRY_TOKEN",
        "quisenberryIndex",
        "class QuisenberryClient",
        "https://wiki.acme-robotics.io/pool",
        "iquisenberry2",
        "Quïsenbérry",
        "quisen\u200bberry",
        "yrrebnesiuq",
        "dhvfraoreel",
        '"quisen" + "berry"',
        "q u i s e n b e r r y",
        "&#113;uisenberry",
        r"\u0071uisenberry",
        "%71uisenberry",
        base64.b64encode(b"quisenberry:pw").decode(),
        base64.b64encode(base64.b64encode(b"quisenberry:pw")).decode(),
        b"quisenberry".hex(),
    ],
)
def test_a_known_name_is_found_however_it_is_written(text: str) -> None:
    assert found(f"x = 1\n{text}\n")


def test_a_short_name_is_found_alone_and_not_within_words() -> None:
    ada = Identifiers(logins=("alec",))
    assert found("thanks, alec!", ada)
    assert found("alec_index = alecIndex", ada)
    assert not found("a dialectic of talecasts", ada)


def test_an_ordinary_word_that_is_a_name_is_no_leak_in_a_text() -> None:
    mark = Identifiers(logins=("data",), names=("Mark May",))
    assert not found("mark the data in may", mark)
    assert found("by Mark May", mark)
    assert found("https://github.com/data/pool", mark)


@pytest.mark.parametrize(
    "text",
    [
        "uses: actions/checkout@v4",
        "user@example.com, admin@example.org, root@localhost",
        "git@github.com:your-org/your-repo.git",
        "/home/runner/work and /home/app and ~/.cache and /users/42",
        "https://github.com/psf/requests",
        "postgresql://postgres:postgres@db:5432/app",
        "the above copyright notice, copyright holders, Copyright law",
        "logo@2x.png",
        "12 @ 3.2 GHz",
        "author: str = 'x'",
        "4242-4242-4242-4242",
        "i am fine, I'm not sure",
        "Signed-off-by: person-1",
        "Copyright (c) 2026 person-2",
        "/home/learner/work, person-1@example.invalid, https://github.com/owner-1/x",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert kinds(text) == []


def test_a_decorator_or_a_tag_of_a_language_is_no_handle() -> None:
    code = "@app.get('/x')\n@functools.cache\n@retry\ndef f():  # see @param\n    x @ y\n"
    assert kinds(code, path="a.py") == []
    assert kinds(code, path="a.md") == []
    assert kinds("# ask @vasudha99 about it\n", path="a.py") == ["a handle"]


def test_a_file_name_tells_too() -> None:
    (leak,) = scan({"src/quisenberry_tools.py": b"x = 1\n"}, INGEBORG)
    assert leak.form == "in the file's name"


def test_other_encodings_of_text_are_read() -> None:
    for encoding in ("utf-16", "utf-8-sig", "latin-1"):
        assert scan({"a.txt": "é by Quisenberry\n".encode(encoding)}, INGEBORG), encoding


def test_nothing_known_and_nothing_there_is_nothing_found() -> None:
    assert scan({"a.py": b"x = 1\n", "b.bin": bytes(range(256)) * 9}, NOBODY) == []
