"""What a twin says of a peer, and what bounds one of which it says nothing."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.harness import load, peers
from jobtwin.harness.contract import Peer

if TYPE_CHECKING:
    from pathlib import Path

ASKED = "Context:\n[a] The lamp costs 5 euros. The lamp is red.\n\nQuestion: lamp cost? Be brief."


class Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("peer")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


def ask(folder: Path, model: str = "sim-large") -> tuple[int, Any]:
    connection = Unix(folder / "sockets" / "llm.sock")
    body = {"model": model, "temperature": 0, "messages": [{"role": "user", "content": ASKED}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def turned_away(folder: Path, at_once: int) -> int:
    with ThreadPoolExecutor(at_once) as pool:
        statuses = list(pool.map(lambda _: ask(folder)[0], range(at_once)))
    return statuses.count(429)


@pytest.mark.parametrize(("settings", "away"), [(None, 4), ({"tier": 2}, 0)])
def test_a_tier_multiplies_how_many_requests_a_model_takes_at_once(
    settings: Any, away: int, tmp_path: Path
) -> None:
    folder = tmp_path / "p"
    with peers.served([Peer("llm", "llm", bytes(32), settings)], folder):
        assert turned_away(folder, 20) == away


def test_what_is_otherwise_about_a_model_holds_for_this_model_alone(tmp_path: Path) -> None:
    folder, tuned = tmp_path / "p", {"tuned": {"sim-small": {"misreads": 1.0}}}
    with peers.served([Peer("llm", "llm", bytes(32), tuned, scale=0.0)], folder):
        said = {m: ask(folder, m)[1]["choices"][0]["message"]["content"] for m in MODELS}
    assert said == {"sim-small": "The lamp is red.", "sim-large": "The lamp costs 5 euros."}


MODELS = ("sim-small", "sim-large")


def test_without_a_budget_a_peer_answers_what_its_trace_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "_MOST_REQUESTS", 3)
    folder = tmp_path / "p"
    with peers.served([Peer("llm", "llm", bytes(32), scale=0.0)], folder) as served:
        assert [ask(folder)[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    assert len(served.traces()["llm"]) == 3


def test_a_line_that_is_just_being_written_is_not_part_of_a_trace(tmp_path: Path) -> None:
    (tmp_path / "llm.jsonl").write_bytes(b'{"number":1}\n{"number":2}\n{"numb')
    served = peers.Peers((), {}, tmp_path, ("llm",))
    assert served.traces() == {"llm": ({"number": 1}, {"number": 2})}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds another process")
def test_a_peer_cannot_take_all_memory() -> None:
    import resource

    with subprocess.Popen(["sleep", "60"]) as process:
        peers._bound(process)
        found = resource.prlimit(process.pid, resource.RLIMIT_AS)
        process.kill()
    assert found == (2 << 30, 2 << 30)


@pytest.mark.parametrize(
    ("probes", "noise", "made"),
    [((2.0,), 2.0, 1), ((90.0, 40.0, 4.0), 4.0, 3), ((90.0, 80.0, 85.0, 95.0), 80.0, 4)],
)
def test_noise_that_is_soon_over_is_not_the_machines(
    probes: tuple[float, ...], noise: float, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = list(probes)
    monkeypatch.setattr(load, "_PAUSE", 0.0)
    monkeypatch.setattr(load, "_probed", lambda: left.pop(0))
    assert load.noise_ms() == noise
    assert len(probes) - len(left) == made
