"""The public artifact, fetched by its digest; and what hostile addresses and servers make of it."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobtwin.harness import artifact
from jobtwin.harness.artifact import TRIES, look
from jobtwin.records.twin import Artifact
from jobtwin.repository import fetch
from jobtwin.repository.fetch import MOST_REDIRECTS, NotHad

CONTENT = b"<h1>What it does, and what it does not</h1>"
ASKED = Artifact(mib=1, again_seconds=60)
URL = "https://a.example/demo.html"
Serve = Callable[[Callable[[str, str], tuple[int, Any, str]]], str]


def named(url: Any = URL, digest: Any = None, **more: Any) -> dict[str, bytes]:
    known = hashlib.sha256(CONTENT).hexdigest() if digest is None else digest
    return {"artifact.json": json.dumps({"url": url, "sha256": known, **more}).encode()}


def looked(files: dict[str, bytes], get: Any = fetch.download, waits: Any = None) -> Any:
    return look(files, ASKED, get, (waits if waits is not None else []).append)


def giving(*contents: bytes | None) -> Callable[..., bytes]:
    """Return what gives one content after the other; None where it cannot be had."""
    left = list(contents)

    def get(url: str, seconds: float, most: int) -> bytes:
        if (content := left.pop(0)) is None:
            raise NotHad("the server answers 503")
        return content

    return get


def test_what_was_handed_in_is_found_twice_a_minute_apart() -> None:
    waits: list[float] = []
    found = looked(named(), giving(CONTENT, CONTENT), waits)
    assert found.outcome == "passed"
    assert waits == [60]
    assert found.evidence["digest"] == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert found.evidence["artifact_bytes"] == str(len(CONTENT))


def test_a_host_that_fails_for_a_moment_is_asked_again() -> None:
    assert looked(named(), giving(None, CONTENT, None, None, CONTENT)).outcome == "passed"


def test_a_host_that_always_fails_is_no_public_artifact() -> None:
    found = looked(named(), giving(*[None] * TRIES))
    assert (found.outcome, found.detail) == (
        "failed",
        "It could not be fetched: the server answers 503.",
    )


def test_another_file_than_the_one_handed_in_does_not_pass() -> None:
    assert "another file" in looked(named(), giving(b"better", b"better")).detail


def test_what_changes_between_two_fetches_does_not_pass() -> None:
    found = looked(named(), giving(CONTENT, CONTENT + b"!"))
    assert (found.outcome, found.detail.partition(" it ")[0]) == ("failed", "When")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"artifact.json": b"not json"},
        {"artifact.json": b"[" * 9000},
        {"artifact.json": b"[]"},
        {"artifact.json": b"{}"},
        named("http://a.example/x"),
        named("file:///etc/passwd"),
        named("https://a.example/" + "x" * 500),
        named("https://a.example/\r\nHost: b.example"),
        named("https://ä.example/"),
        named(7),
        named(digest="ab"),
        named(digest="G" * 64),
        named(digest=7),
    ],
    ids=range(14),
)
def test_a_file_that_names_no_address_and_digest_fails_and_nobody_is_asked(
    files: dict[str, bytes],
) -> None:
    assert looked(files, pytest.fail).detail.startswith("artifact.json names no https `url`")


def test_more_than_address_and_digest_may_stand_there() -> None:
    assert looked(named(title="A demo"), giving(CONTENT, CONTENT)).outcome == "passed"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
)
def test_an_address_of_our_own_network_is_never_asked(host: str) -> None:
    found = looked(named(f"https://{host}/"))
    assert found.outcome == "failed"
    assert "not at a public address" in found.detail


def test_neither_user_nor_password_is_sent() -> None:
    found = looked(named("https://lea:secret@a.example/"))
    assert "without a user name" in found.detail


def test_a_reason_names_no_host_for_it_may_tell_whose_the_work_is() -> None:
    found = looked(named(), lambda *_: _raise("`lea.github.io` is at [::1]:443"))
    assert "lea" not in found.detail
    assert "its host" in found.detail


def _raise(reason: str) -> bytes:
    raise NotHad(reason)


def test_over_tls_it_is_fetched_and_a_redirect_to_another_public_place_is_followed(
    serve: Serve,
) -> None:
    def reply(path: str, _: str) -> tuple[int, list[bytes], str]:
        return (200, [CONTENT], "") if path == "/there" else (302, [b"moved"], "/there")

    assert looked(named(serve(reply) + "/here")).outcome == "passed"


@pytest.mark.parametrize(
    "place",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://localhost/",
        "http://a.example/",
        "file:///etc/passwd",
        "//10.0.0.8/",
        "https://a.example:99999/",
    ],
)
def test_a_redirect_into_our_own_network_or_out_of_https_is_not_followed(
    serve: Serve, place: str
) -> None:
    asked: list[str] = []

    def reply(path: str, _: str) -> tuple[int, list[bytes], str]:
        asked.append(path)
        return 302, [], place

    with pytest.raises(NotHad):
        fetch.download(serve(reply), 5, 1000)
    assert asked == ["/"]


def test_a_circle_of_redirects_ends(serve: Serve) -> None:
    asked: list[str] = []

    def reply(path: str, _: str) -> tuple[int, list[bytes], str]:
        asked.append(path)
        return 307, [], "/round"

    with pytest.raises(NotHad, match="more than"):
        fetch.download(serve(reply), 5, 1000)
    assert len(asked) == MOST_REDIRECTS + 1


def test_a_body_without_an_end_is_cut_off_at_its_size(serve: Serve) -> None:
    with pytest.raises(NotHad, match="larger than 100,000 bytes"):
        fetch.download(serve(lambda *_: (200, itertools.repeat(b"x" * 9000), "")), 20, 100_000)


def test_a_body_that_comes_a_byte_at_a_time_is_cut_off_at_its_time(serve: Serve) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x"
            time.sleep(0.1)

    began = time.monotonic()
    with pytest.raises(NotHad):
        fetch.download(serve(lambda *_: (200, slowly(), "")), 0.7, 1000)
    assert time.monotonic() - began < 4


def test_redirects_share_one_time(serve: Serve) -> None:
    def reply(path: str, _: str) -> tuple[int, list[bytes], str]:
        time.sleep(0.3)
        return 302, [], "/again"

    began = time.monotonic()
    with pytest.raises(NotHad):
        fetch.download(serve(reply), 0.5, 1000)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("status", [204, 206, 401, 403, 404, 500])
def test_what_is_not_simply_there_is_not_public(serve: Serve, status: int) -> None:
    with pytest.raises(NotHad, match=f"the server answers {status}"):
        fetch.download(serve(lambda *_: (status, [], "")), 5, 1000)


def test_the_bound_in_the_brief_is_the_bound() -> None:
    seen: list[int] = []

    def get(url: str, seconds: float, most: int) -> bytes:
        seen.append(most)
        return CONTENT

    looked(named(), get)
    assert seen == [1024 * 1024] * 2
    assert artifact.SECONDS <= 60
