"""A synthetic but truly signed history of many attempts, and how long its audit takes.

`scripts/bench history FOLDER N` writes one with N attempts into a bare repository. The benchmarks
audit such histories: `audit.cold` from the first commit, `audit.resumed` from a checkpoint near the
end, and `audit.exponent` says how the time grows with the length.
"""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bench.history_mentors import calibrated, gold_sets, grader, steady_boxes, twin_in
from bench.history_world import BEGIN, Added, Founded, Term
from jobtwin import keys
from jobtwin.errors import GitError
from jobtwin.forge import founding
from jobtwin.records import layout
from jobtwin.records.base import Part, load, write
from jobtwin.records.organisation import CalibrationPolicy, Cohort, Issuer, QueuePolicy
from jobtwin.records.submission import PolicyInForce
from jobtwin.repository.append import BOT
from jobtwin.repository.git import Git, create, environment
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROJECT = Path(__file__).resolve().parent.parent
TWINS = ("jt-evals-2", "jt-incident-4", "jt-latency-3", "jt-rag-1", "jt-safety-5")
MENTORS = 8
FOUNDED = datetime(2026, 8, 3, 9, tzinfo=UTC)
COHORT = "autumn-2026"
ONE_MORE = "Issue: 1 credentials signed."
"""What the newest commit is called that brings a single credential."""


def write_history(folder: Path, attempts: int) -> Git:
    """Write a history into a new bare repository: the same attempts, the same commits."""
    git = create(folder, bare=True)
    git.run("config", "core.logAllRefUpdates", "false")
    organisation = founding.found(_issuer(), _cohort(), FOUNDED, _entropy)
    graders = [grader(n, organisation.holders.subject, FOUNDED) for n in range(1, MENTORS + 1)]
    mentors = {layout.mentor(one.record.id): write(one.record) for one in graders}
    files = _project_files() | _settings() | organisation.files | mentors | _policies()
    _import(git, [Added(FOUNDED, "Found the organisation", files)])
    with steady_boxes():
        with Tree(git, "refs/heads/main") as tree:
            twins = [twin_in(tree, twin_id) for twin_id in TWINS]
        sets = gold_sets(twins, organisation.gold_public, FOUNDED + timedelta(hours=1))
        _import(git, [Added(FOUNDED + timedelta(hours=1), "Gold sets", sets)], onto=True)
        at = FOUNDED + timedelta(hours=2)
        calibrated(git, organisation.holders, graders, twins, at)
    with Tree(git, "refs/heads/main") as tree:
        ledger = Ledger(tree)
        issuer, plain = ledger.issuer, organisation.holders.signer("issuer")
        founded = Founded(
            ledger=ledger,
            holders=organisation.holders,
            issuer_signer=keys.under(f"{issuer.did}#{plain.key_id}", plain),
            graders=tuple(graders),
            twins={twin.id: (twin, tree.tree_id(f"twins/{twin.id}")) for twin in twins},
            cohort=ledger.cohort(COHORT),
            policies=tuple(
                PolicyInForce(path=path, digest=hashed)
                for path, hashed in ledger.policies(BEGIN).values()
            ),
            queue=ledger.policy(QueuePolicy, BEGIN),
        )
        _import(git, Term(founded, attempts).play(), onto=True)
    git.run("pack-refs", "--all")
    return git


def _import(git: Git, commits: Iterable[Added], *, onto: bool = False) -> None:
    """Write commits with `git fast-import`, after those that are there."""
    command = ["git", "-C", str(git.path), "fast-import", "--quiet", "--done", "--depth=10"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment())
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    for number, commit in enumerate(commits):
        parent = b"from refs/heads/main^0\n" if onto and number == 0 else b""
        _write_commit(process.stdin, commit, parent)
    process.stdin.write(b"done\n")
    process.stdin.close()
    if process.wait() != 0:
        raise GitError("git fast-import did not take the history")


def _write_commit(stream: IO[bytes], commit: Added, parent: bytes) -> None:
    message = f"{commit.message}\n".encode()
    who = f"{BOT.name} <{BOT.email}> {int(commit.at.timestamp())} +0000".encode()
    stream.write(b"commit refs/heads/main\ncommitter %s\n" % who)
    stream.write(b"data %d\n%s%s" % (len(message), message, parent))
    for path, content in commit.files.items():
        stream.write(b"M 100644 inline %s\n" % path.encode("ascii"))
        stream.write(b"data %d\n%s\n" % (len(content), content))


def _project_files() -> dict[str, bytes]:
    """Return the project's own twins, tracks and docs, by their paths."""
    found = (path for name in ("twins", "tracks", "docs") for path in (PROJECT / name).rglob("*"))
    return {
        str(path.relative_to(PROJECT)): path.read_bytes()
        for path in sorted(found)
        if path.is_file() and "__pycache__" not in path.parts
    }


def _settings() -> dict[str, bytes]:
    """Return what else a site is built from."""
    return {"mkdocs.yml": (PROJECT / "mkdocs.yml").read_bytes()}


def _policies() -> dict[str, bytes]:
    """Return the project's policies, but mentors who need no second round and never rest."""
    folder = PROJECT / "policy"
    files = {f"policy/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.yml"))}
    longer: Mapping[str, tuple[type[Part], dict[str, int]]] = {
        "calibration": (CalibrationPolicy, {"expires_days": 3650, "expires_reviews": 10**6}),
        "queue": (QueuePolicy, {"claims_at_once": 100, "lapses_per_90_days": 100}),
    }
    for path, content in files.items():
        for kind, (model, changes) in longer.items():
            if path.startswith(f"policy/{kind}-"):
                policy = load(model, content, path).record
                files[path] = write(policy.model_copy(update=changes))
    return files


def _issuer() -> Issuer:
    return Issuer(
        format=1,
        name="Benchmark Issuer",
        url="https://credentials.example",
        did="did:web:credentials.example",
        description="An issuer that exists in benchmarks only.",
        test=True,
    )


def _cohort() -> Cohort:
    return Cohort(
        format=1,
        id=COHORT,
        track="production-ai-engineer",
        opens=FOUNDED,
        closes=FOUNDED + timedelta(days=3650),
        visibility="open",
        windows=founding.windows(14, TWINS),
        secret_commitment="sha256:" + "0" * 64,
    )


def _entropy(name: str) -> bytes:
    return hashlib.sha256(f"NOT A SECRET {name}".encode()).digest()
