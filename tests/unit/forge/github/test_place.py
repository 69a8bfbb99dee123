from __future__ import annotations

from pathlib import Path

import pytest

from jobtwin.errors import UsageError
from jobtwin.forge.github import connect, place

ENVIRONMENT = {
    "GITHUB_EVENT_NAME": "pull_request_target",
    "GITHUB_EVENT_PATH": "/tmp/event.json",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "academy/credentials",
    "GITHUB_RUN_ID": "9001",
    "RUNNER_TEMP": "/tmp/runner",
    "JOBTWIN_BOT_TOKEN": "ghs_secret",
    "JOBTWIN_BOT_SLUG": "jobtwin-bot",
}


def test_a_job_is_known_by_the_runners_environment() -> None:
    found = place.read(ENVIRONMENT)
    assert found.remote == "https://github.com/academy/credentials.git"
    assert (found.run, found.bot, found.hosted) == (9001, "jobtwin-bot[bot]", None)
    assert found.temporary == Path("/tmp/runner")


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_whatever_is_missing_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        connect({key: value for key, value in ENVIRONMENT.items() if key != name})


@pytest.mark.parametrize("name", ["GITHUB_API_URL", "GITHUB_SERVER_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://github.com",
        "http://127.0.0.1:8080",
        "file:///tmp/git",
        "ext::sh -c evil",
        "ssh://git@github.com",
        "https://lea:secret@github.com",
        "https://github.com/?x=1",
        "https://",
        "/tmp/git",
    ],
)
def test_anything_but_https_is_refused(name: str, url: str) -> None:
    with pytest.raises(UsageError, match=name):
        place.read({**ENVIRONMENT, name: url})


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("GITHUB_SERVER_URL", "http://github.com"),
        ("GITHUB_SERVER_URL", "ssh://127.0.0.1"),
        ("GITHUB_API_URL", "file:///tmp/api"),
        ("GITHUB_API_URL", "http://127.0.0.1.evil.example"),
    ],
)
def test_a_local_forge_is_a_file_or_loopback_and_nothing_else(name: str, url: str) -> None:
    with pytest.raises(UsageError, match=name):
        place.read({**ENVIRONMENT, place.LOCAL_FORGE: "/tmp/hosted", name: url})


def test_a_local_forge_must_be_asked_for() -> None:
    found = place.read(
        {
            **ENVIRONMENT,
            place.LOCAL_FORGE: "/tmp/hosted",
            "GITHUB_API_URL": "http://127.0.0.1:8080",
            "GITHUB_SERVER_URL": "file:///tmp/git",
        }
    )
    assert found.remote == "file:///tmp/git/academy/credentials.git"
    assert found.hosted == Path("/tmp/hosted")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "academy"),
        ("GITHUB_REPOSITORY", "academy/../evil"),
        ("GITHUB_REPOSITORY", "--upload-pack=x/y z"),
        ("GITHUB_RUN_ID", "0"),
        ("GITHUB_RUN_ID", "9001\n"),
        ("JOBTWIN_BOT_SLUG", "jobtwin-bot[bot]"),
        ("JOBTWIN_BOT_TOKEN", "ghs_secret\nX-Header: y"),
    ],
)
def test_what_has_not_its_form_is_refused_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        place.read({**ENVIRONMENT, name: value})
    assert "secret" not in f"{caught.value}{caught.value.hint}"


def test_the_token_is_not_in_what_is_printed_of_a_place() -> None:
    assert "ghs_secret" not in repr(place.read(ENVIRONMENT))
