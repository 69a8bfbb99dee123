"""Asking what a learner deployed: over TLS on this machine, and what hostile servers make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jobtwin.harness import wire
from jobtwin.harness.contract import Outcome, Plan, Probe, ProbeReturn, Returned, Submission
from jobtwin.harness.probing import TRIES, probe_all
from jobtwin.harness.run import EntryPoints
from jobtwin.repository import fetch
from jobtwin.repository.fetch import NotHad

NONCE, COMMIT = "5eed" * 8, "c0" * 20
PROBE = Probe("p", "service.json", NONCE, ({"query": "one"}, {"query": "two"}))
ENTRY = EntryPoints((), ask_path="/query", query_seconds=5.0, answer_bytes=2000)
NEVER: Any = pytest.fail
Serve = Callable[[Callable[[str, str], tuple[int, list[bytes], str]]], str]


def named(url: Any) -> Submission:
    return Submission({"service.json": json.dumps({"url": url}).encode()})


def looked(ask: Any, url: Any = "https://a.example/x/", waits: list[float] | None = None) -> Any:
    wait = (waits if waits is not None else []).append
    return probe_all(Plan((), probes=(PROBE,)), named(url), ENTRY, ask, wait)["p"]


def honest(url: str, body: bytes | None, seconds: float, most: int) -> bytes:
    if body is None:
        nonce = parse_qs(urlsplit(url).query)["nonce"][0]
        return json.dumps({"status": "ok", "nonce": nonce, "commit": COMMIT}).encode()
    return json.dumps({"answer": json.loads(body)["query"]}).encode()


def test_an_honest_service_gives_nonce_commit_and_every_answer() -> None:
    found = looked(honest)
    assert (found.outcome, found.commit) == (Outcome.OK, COMMIT)
    assert [one.body for one in found.answers] == [{"answer": "one"}, {"answer": "two"}]


def test_paths_go_behind_the_url_as_it_is_named() -> None:
    asked: list[str] = []

    def noting(url: str, *more: Any) -> bytes:
        asked.append(url)
        return honest(url, *more)

    looked(noting)
    assert asked == [
        f"https://a.example/x/healthz?nonce={NONCE}",
        *["https://a.example/x/query"] * 2,
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example", "file:///etc/passwd", "https://", "", None, 7, "https://a.example/?x=1",
        "https://a.example/#x", "https://[", "https://a.example/\n", "https://ä.example",
        "https://a.example/" + "a" * 500,
    ],
)  # fmt: skip
def test_what_is_no_plain_https_url_is_not_asked(url: Any) -> None:
    assert looked(NEVER, url).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": ' + b"[" * 99, b"\xff"])
def test_a_file_that_is_no_object_names_no_service(content: bytes) -> None:
    handed = Submission({"service.json": content})
    found = probe_all(Plan((), probes=(PROBE,)), handed, ENTRY, NEVER)
    assert found["p"].outcome is Outcome.NOT_RUN


def test_a_service_that_sleeps_is_woken_and_one_that_stays_down_is_not_waited_for_forever() -> None:
    tried: list[str] = []

    def down(url: str, *_: Any) -> bytes:
        tried.append(url)
        raise NotHad("TimeoutError")

    waits: list[float] = []
    found = looked(down, waits=waits)
    assert (found.outcome, found.detail) == (Outcome.FAILED, "TimeoutError")
    assert (len(tried), len(waits)) == (TRIES, TRIES - 1)

    def waking(url: str, *more: Any) -> bytes:
        return down(url) if len(tried) < TRIES + 2 else honest(url, *more)

    assert looked(waking).outcome is Outcome.OK


def test_a_page_from_a_cache_does_not_know_the_nonce() -> None:
    found = looked(lambda *_: b'{"status": "ok", "nonce": "old", "commit": ""}')
    assert (found.outcome, found.answers) == (Outcome.INVALID, ())


@pytest.mark.parametrize("commit", [None, 7, "main", "c0" * 19, "\x1b[31m", "C0" * 20])
def test_what_is_no_commit_counts_as_none(commit: Any) -> None:
    said = json.dumps({"nonce": NONCE, "commit": commit}).encode()
    found = looked(lambda url, body, *_: said if body is None else b"{}")
    assert (found.outcome, found.commit) == (Outcome.OK, "")


@pytest.mark.parametrize("said", [b"[]", b"NaN", b'{"a":1,"a":2}', b"[" * 5000, b'"x"', b""])
def test_answers_that_are_no_objects_are_invalid(said: bytes) -> None:
    found = looked(lambda url, body, *more: honest(url, None, *more) if body is None else said)
    assert {one.outcome for one in found.answers} == {Outcome.INVALID}


def test_what_came_of_it_travels_between_jobs() -> None:
    returned = Returned({}, probes={"p": looked(honest)})
    assert wire.decode(Returned, wire.encode(returned)) == returned
    assert returned.probes["p"] != ProbeReturn(Outcome.OK)


def test_over_tls_it_is_the_same(serve: Serve) -> None:
    def reply(path: str, body: str) -> tuple[int, list[bytes], str]:
        return 200, [honest(path, body.encode() or None, 0, 0)], ""

    found = looked(fetch.ask, serve(reply))
    assert (found.outcome, found.commit, len(found.answers)) == (Outcome.OK, COMMIT, 2)


def test_a_redirect_into_our_own_network_is_not_followed(serve: Serve) -> None:
    found = looked(fetch.ask, serve(lambda *_: (302, [], "https://127.0.0.1/")))
    assert found.outcome is Outcome.FAILED
    assert "redirects are not followed" in found.detail


def test_an_answer_over_the_bound_is_none(serve: Serve) -> None:
    def reply(path: str, body: str) -> tuple[int, list[bytes], str]:
        return 200, [honest(path, body.encode() or None, 0, 0), b" " * 3000 * bool(body)], ""

    found = looked(fetch.ask, serve(reply))
    assert [one.outcome for one in found.answers] == [Outcome.FAILED] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "localhost"])
def test_an_address_of_our_own_network_is_never_asked(host: str) -> None:
    found = looked(fetch.ask, f"https://{host}/")
    assert found.outcome is Outcome.FAILED
    assert "not at a public address" in found.detail
