"""issue.rate and verify.rate: credentials per second of one core, beside `@digitalbazaar/vc`.

Both sides get the same unsigned documents, contexts, key and date, are warm, run in one thread, and
take turns. CPU time counts, all of a process's threads together. Signing and canonicalising are
deterministic, so equal proofs are asserted, and each side verifies what the other signed: a rate of
wrong work is worth nothing. Verifying goes from the file's bytes to the verdict, without fetching
and without the status list, which is one more verification on both sides.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from bench import credentials, node
from bench.measure import Result
from jobtwin.credential import did, verify
from jobtwin.credential.contexts import pinned
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import timestamp
from jobtwin.credential.proof import sign
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from bench.credentials import Desk
    from bench.measure import Say
    from bench.node import Worker

COUNT = 20
ANCHOR = f"@digitalbazaar/vc {node.pinned()['@digitalbazaar/vc']}"
UNIT = "credentials/s/core"


def measure(names: set[str], runs: int, say: Say) -> list[Result]:
    """Return the asked for of `issue.rate` and `verify.rate`, with the anchor where Node is."""
    desk = credentials.desk(COUNT)
    try:
        node.install(say)
        with node.worker("rates.js") as worker:
            worker.ask("prepare", **_setup(desk))
            return _rounds(desk, worker, names, runs)
    except node.NoNode as reason:
        say(f"no anchor for the rates: {reason}")
        return _rounds(desk, None, names, runs)


def _setup(desk: Desk) -> dict[str, Any]:
    return {
        "contexts": dict(pinned()),
        "documents": {desk.issuer.did: json.loads(desk.did_json)},
        "key_id": desk.signer.key_id,
        "controller": desk.issuer.did,
        "seed": desk.signer.seed.hex(),
        "created": timestamp(credentials.ISSUED_AT),
        "now": timestamp(credentials.NOW),
    }


def _rounds(desk: Desk, worker: Worker | None, names: set[str], runs: int) -> list[Result]:
    """Warm both sides and see that they agree; then let them take turns."""
    plain = [to_bytes(document).decode() for document in desk.documents]
    _, signed = _sign(desk)
    _verify(desk, signed)
    if worker:
        _agree(desk, worker, plain, signed)
    ours: dict[str, list[float]] = {name: [] for name in sorted(names)}
    theirs: dict[str, list[float]] = {name: [] for name in sorted(names)}
    texts = [body.decode() for body in signed]
    for _ in range(runs):
        for name, values in ours.items():
            issuing = name == "issue.rate"
            values.append(COUNT / (_sign(desk)[0] if issuing else _verify(desk, signed)))
            if worker:
                command, given = ("issue", plain) if issuing else ("verify", texts)
                theirs[name].append(COUNT / worker.ask(command, credentials=given)["seconds"])
    anchor = ANCHOR if worker else None
    return [Result(name, UNIT, ours[name], anchor, theirs[name]) for name in ours]


def _sign(desk: Desk) -> tuple[float, list[bytes]]:
    begun = time.process_time()
    signed = [sign(document, desk.signer, credentials.ISSUED_AT) for document in desk.documents]
    return time.process_time() - begun, [to_bytes(document) for document in signed]


def _verify(desk: Desk, signed: list[bytes]) -> float:
    """Return the CPU seconds of verifying all; raises `EngineError` if one does not verify."""
    keys = {
        did.did_web_url(desk.issuer.did): desk.did_json,
        did.jwks_url(desk.issuer.did): desk.jwks_json,
    }
    trusted = {desk.issuer.did}
    begun = time.process_time()
    found = [verify.verify(body, keys, credentials.NOW, trusted) for body in signed]
    seconds = time.process_time() - begun
    if bad := [item.findings for item in found if not item.ok]:
        raise EngineError(f"{len(bad)} credentials do not verify with us: {bad[0]}")
    return seconds


def _agree(desk: Desk, worker: Worker, plain: list[str], signed: list[bytes]) -> None:
    """Raise `EngineError` unless both sides make the same proofs and believe each other's."""
    proofs = worker.ask("issue", credentials=plain)["proofs"]
    if proofs != [json.loads(body)["proof"][0] for body in signed]:
        raise EngineError(f"the proofs of {ANCHOR} differ from ours")
    made = zip(desk.documents, proofs, strict=True)
    _verify(desk, [to_bytes({**document, "proof": proof}) for document, proof in made])
    texts = [body.decode() for body in signed]
    refused = [text for text in worker.ask("verify", credentials=texts)["outcomes"] if text]
    if refused:
        raise EngineError(f"{ANCHOR} refuses {len(refused)} of our credentials: {refused[0]}")
