"""How long `jobtwin audit` takes on a synthetic history, and how that grows with its length.

Each audit is a process of its own, as an auditor starts it: start-up counts, and so do the git
processes. The history must hold; anything else is an error of the benchmark.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import processes
from bench.history import write_history
from bench.measure import Result, Say
from jobtwin.acts.audit.ahead import Guess, foreseen, is_wanted, keys_at
from jobtwin.acts.audit.checkpoint import write_checkpoint
from jobtwin.acts.audit.report import Report
from jobtwin.acts.audit.sharding import WHOLE
from jobtwin.records.base import read
from jobtwin.repository import history, ssh
from jobtwin.rules.ledger import payload
from jobtwin.rules.replay import places
from jobtwin.rules.replay.files import is_record
from jobtwin.rules.signature import AUDIT

if TYPE_CHECKING:
    from bench.processes import Took
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.repository.git import Git

SHORTER = 4
"""How many times shorter the history is that the growth is measured from."""
SINCE = 60
"""How many commits before the end a resumed audit begins: what a day brings."""


def measure(names: set[str], attempts: int, runs: int, say: Say) -> list[Result]:
    """Return the figures of audits of a history with so many attempts."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        say(f"audit: a history of {attempts:,} attempts is being written")
        long = write_history(Path(folder) / "long.git", attempts)
        cold = [_audit(long, say) for _ in range(runs)]
        if "audit.cold" in names:
            results += processes.results("audit.cold", cold)
            results += _stages(long)
        if "audit.resumed" in names:
            # Up to the last commit but one: when the secret comes out, everything is judged again.
            words = ("--commit", "main~1", *_checkpoint(long, Path(folder), f"main~{1 + SINCE}"))
            resumed = [_audit(long, say, *words) for _ in range(runs)]
            results += processes.results("audit.resumed", resumed)
        if "audit.exponent" in names:
            short = write_history(Path(folder) / "short.git", attempts // SHORTER)
            fewer = [_audit(short, say) for _ in range(runs)]
            records = _records(long) / _records(short)
            grown = min(one.cpu for one in cold) / min(one.cpu for one in fewer)
            results.append(Result("audit.exponent", "", [math.log(grown) / math.log(records)]))
    return results


def _checkpoint(git: Git, folder: Path, commit: str) -> tuple[str, ...]:
    """Sign a checkpoint that names a commit; return the words that go on from it."""
    file, key = folder / "checkpoint.json", folder / "auditor"
    file.write_bytes(write_checkpoint(Report(git.text("rev-parse", commit), {}, {}, ())))
    ssh.make_key(key, "auditor")
    signature = ssh.sign_bytes_with_ssh(key, AUDIT, file.read_bytes())
    file.with_name(f"{file.name}.sig").write_bytes(signature)
    return ("--since", str(file), "--by", f"{key}.pub")


def _audit(git: Git, say: Say, *more: str) -> Took:
    what = " ".join(["audit", *more])
    return processes.run([processes.JOBTWIN, "audit", str(git.path), *more], what, say)


def _records(git: Git) -> int:
    """Return how many records a history holds."""
    listed = git.text("ls-tree", "-r", "--name-only", "main").splitlines()
    return sum(is_record(path) and places.model_at(path) is not None for path in listed)


def _stages(git: Git) -> list[Result]:
    """Return what reading costs for itself, in microseconds of CPU for each record.

    `stream` is taking every change and every file out of git, `read` turning records into data,
    `payload` what is hashed and signed of them. `shared` is everything that several processes
    share: records and reviews read, signatures and proofs verified, signed files compared.
    """
    found: list[tuple[str, bytes]] = []
    together: list[dict[str, bytes]] = []
    seconds: dict[str, float] = {}
    begun = time.process_time()
    with history.Objects(git) as objects:
        for commit in history.ahead(history.walk(git, "main"), objects, is_wanted):
            added = [change for change in commit.changes if is_wanted(change)]
            together.append({change.path: objects.blob(change.blob) or b"" for change in added})
            found += together[-1].items()
    seconds["stream"] = time.process_time() - begun
    models = [(model, content) for path, content in found if (model := places.model_at(path))]
    begun = time.process_time()
    records: list[LedgerRecord] = [read(model, content) for model, content in models]
    seconds["read"] = time.process_time() - begun
    begun = time.process_time()
    for record in records:
        payload(record)
    seconds["payload"] = time.process_time() - begun
    guess = Guess(1, keys_at(git, "main"), WHOLE)
    begun = time.process_time()
    for files in together:
        for path, content in files.items():
            dict(foreseen(path, content, files, guess))
    seconds["shared"] = time.process_time() - begun
    return [
        Result(f"audit.cold.{stage}", "CPU µs a record", [taken / len(records) * 1e6])
        for stage, taken in seconds.items()
    ]
