"""scripts/bench: what it prints and writes, and what it does not know."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import credentials

from jobtwin.credential import canonical, did
from jobtwin.credential.compiled import Shapes
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.proof import sign
from jobtwin.credential.verify import verify

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "bench" / "node"


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_json_has_one_result_with_exactly_the_agreed_members(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = _bench("cli.help", "--runs", "1", "--json", str(out))
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(out.read_text())["results"]
    assert list(result) == ["id", "unit", "ours", "anchor", "anchor_value", "ratio", "runs"]
    assert (result["id"], result["runs"]) == ("cli.help", 1)
    assert result["ratio"] == pytest.approx(result["ours"] / result["anchor_value"], rel=0.05)
    assert "cli.help" in done.stdout
    assert " cores, " in done.stdout


@pytest.mark.parametrize("wrong", [["cli.hepl"], ["cli.help", "--runs", "0"], ["--jsn"]])
def test_what_it_does_not_know_is_a_usage_error(wrong: list[str]) -> None:
    done = _bench(*wrong)
    assert done.returncode == 2
    assert "usage: scripts/bench" in done.stderr


def test_every_package_of_the_node_side_has_its_hash_and_no_address() -> None:
    lock = json.loads((NODE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 20
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_a_full_credential_is_judged_alike_by_its_shape_and_in_general() -> None:
    """With every member that ours have, those that an excerpt leaves out among them."""
    desk = credentials.desk(3)
    site = {
        did.did_web_url(desk.issuer.did): desk.did_json,
        did.jwks_url(desk.issuer.did): desk.jwks_json,
        desk.status_url: to_bytes(sign(desk.status_list(), desk.signer, credentials.ISSUED_AT)),
    }
    using = Shapes()
    for document in desk.documents:
        signed = to_bytes(sign(document, desk.signer, credentials.ISSUED_AT))
        found, expected = (
            verify(signed, site, credentials.NOW, {desk.issuer.did}, using=way)
            for way in (using, canonical.canonicalise)
        )
        assert found.ok
        assert found == expected
    known = using.read(signed)
    assert known is not None
    whole = json.loads(signed)
    assert whole.keys() - known.document.keys() == {"evidence", "relatedResource"}
    subject, part = whole["credentialSubject"], known.document["credentialSubject"]
    assert subject.keys() - part.keys() == {"result", "source"}


def test_the_help_of_the_command_line_loads_nothing_heavy() -> None:
    script = (
        "import sys, contextlib, io, jobtwin.cli\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    jobtwin.cli.main(['--help'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"pydantic", "pyld", "yaml", "nacl", "cryptography", "jinja2", "mkdocs", "requests"}
    assert heavy & set(done.stdout.split()) == set()
    assert "click" in done.stdout.split()
