"""issue.rate, verify.rate, verify.foreign.rate: credentials per second of one core, with anchors.

Each side gets the same documents, contexts, key and date, is warm, runs in one thread, and they
take turns. CPU time counts, all of a process's threads together. Signing and canonicalising are
deterministic, so equal proofs are asserted, and each side verifies what the others signed: a rate
of wrong work is worth nothing. Verifying goes from the file's bytes to the verdict, without
fetching and without the status list, which is one more verification on every side. PyLD
knows no verdict: there a proof is checked with a given key, as by our side of `verify.proof.rate`
and `verify.foreign.rate`.

A foreign credential is one whose shape was never met: no two of a round have the same.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Any

from bench import credentials, node, plain
from bench.measure import Result
from jobtwin.credential import did, verify
from jobtwin.credential.compiled import Shapes
from jobtwin.credential.contexts import pinned
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.keys import timestamp
from jobtwin.credential.proof import sign, verify_proof
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.credentials import Desk
    from bench.measure import Say
    from bench.node import Worker

    Documents = Sequence[dict[str, Any]]
    Spent = Callable[[], float]
    """Does the work, and returns the CPU seconds of once."""

COUNT = 20
TURNS = 20
"""How often our side goes through the documents in its turn, so that turns take alike long."""
NODE = f"@digitalbazaar/vc {node.pinned()['@digitalbazaar/vc']}"
WARM = 3
"""Turns that are not counted: Node compiles what it runs often."""
UNIT = "credentials/s/core"
IDS = ("issue.rate", "verify.rate", "verify.proof.rate", "verify.foreign.rate")


@dataclass(slots=True)
class _Race:
    """One kind of work, done by each side in turn."""

    id: str
    sides: dict[str, Spent]
    rates: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> None:
        for side, spent in self.sides.items():
            self.rates.setdefault(side, []).append(COUNT / spent())

    def results(self) -> Iterable[Result]:
        """Yield our rate beside each anchor's; the first anchor has the id to itself."""
        ours, *anchors = self.rates
        if not anchors:
            yield Result(self.id, UNIT, self.rates[ours])
        for number, anchor in enumerate(anchors):
            name = self.id if number == 0 else f"{self.id}.{anchor.split()[0].lower()}"
            yield Result(name, UNIT, self.rates[ours], anchor, self.rates[anchor])


def measure(names: set[str], runs: int, say: Say) -> list[Result]:
    """Return the asked for of `IDS`, on a realistic credential and on a full one."""
    desk = credentials.desk(COUNT)
    try:
        node.install(say)
        with node.worker("rates.js") as worker:
            worker.ask("prepare", **_setup(desk))
            return _rounds(desk, worker, names, runs)
    except node.NoNode as reason:
        say(f"no {NODE} beside the rates: {reason}")
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
    realistic = [credentials.realistic(document) for document in desk.documents]
    issuer = desk.issuer.did
    keys = {did.did_web_url(issuer): desk.did_json, did.jwks_url(issuer): desk.jwks_json}
    bench = _Bench(desk, worker, keys)
    races = [*bench.races("", realistic, names), *bench.races(".full", desk.documents, names)]
    for race in races:
        for _ in range(WARM):
            race.run()
        race.rates.clear()
    for _ in range(runs):
        for race in races:
            race.run()
    return [result for race in races for result in race.results()]


@dataclass(frozen=True, slots=True)
class _Bench:
    desk: Desk
    worker: Worker | None
    keys: dict[str, bytes]
    """The issuer's files, as they were fetched."""

    def races(self, suffix: str, documents: Documents, names: set[str]) -> list[_Race]:
        """Return the asked for races over these documents, once all sides agree on them."""
        made = {
            "issue.rate": lambda: self._issuing(documents),
            "verify.rate": lambda: self._verifying(self._agreed(documents)),
            "verify.proof.rate": lambda: self._proving(self._agreed(documents)),
            "verify.foreign.rate": lambda: self._meeting(self._agreed(_strangers(documents))),
        }
        return [_Race(f"{name}{suffix}", made[name]()) for name in IDS if name in names]

    def _issuing(self, documents: Documents) -> dict[str, Spent]:
        self._agreed(documents)
        theirs, signer = self._plain(), self.desk.signer
        at = credentials.ISSUED_AT
        return {
            "ours": lambda: _cpu(
                lambda: [sign(document, signer, at) for document in documents], TURNS
            ),
            **self._node("issue", [to_bytes(document) for document in documents]),
            plain.NAME: lambda: _cpu(lambda: [theirs.sign(document) for document in documents]),
        }

    def _verifying(self, signed: list[bytes]) -> dict[str, Spent]:
        theirs = self._plain()
        return {
            "ours": lambda: _cpu(lambda: self._verify(signed), TURNS),
            **self._node("verify", signed),
            plain.NAME: lambda: _cpu(lambda: [theirs.verify(body) for body in signed]),
        }

    def _proving(self, signed: list[bytes]) -> dict[str, Spent]:
        key, parsed = self.desk.signer.public_key, [json.loads(body) for body in signed]

        def prove() -> None:
            if any(verify_proof(document, key) for document in parsed):
                raise EngineError("a proof does not hold with us")

        return self._verifying(signed) | {"ours": lambda: _cpu(prove, TURNS)}

    def _meeting(self, signed: list[bytes]) -> dict[str, Spent]:
        theirs, key = self._plain(), self.desk.signer.public_key

        def meet() -> None:
            using = Shapes()
            if any(verify_proof(parse_object(body), key, using) for body in signed):
                raise EngineError("a stranger's proof does not hold with us")

        return {
            "ours": lambda: _cpu(meet),
            plain.NAME: lambda: _cpu(lambda: [theirs.verify(body) for body in signed]),
            **self._node("verify", signed),
        }

    def _node(self, command: str, bodies: list[bytes]) -> dict[str, Spent]:
        """Return the Node side, if it can run."""
        if (worker := self.worker) is None:
            return {}
        texts = [body.decode() for body in bodies]
        return {NODE: lambda: float(worker.ask(command, credentials=texts)["seconds"])}

    def _plain(self) -> plain.Plain:
        signer = self.desk.signer
        return plain.Plain(signer.seed, signer.key_id, timestamp(credentials.ISSUED_AT))

    def _verify(self, signed: list[bytes]) -> None:
        """Verify all; raises `EngineError` if one does not hold."""
        trusted = {self.desk.issuer.did}
        found = [verify.verify(body, self.keys, credentials.NOW, trusted) for body in signed]
        if bad := [item.findings for item in found if not item.ok]:
            raise EngineError(f"{len(bad)} credentials do not verify with us: {bad[0]}")

    def _agreed(self, documents: Documents) -> list[bytes]:
        """Return the documents signed; raises `EngineError` unless every side agrees on them."""
        ours = [sign(document, self.desk.signer, credentials.ISSUED_AT) for document in documents]
        signed = [to_bytes(document) for document in ours]
        proofs = [document["proof"][0] for document in ours]
        self._verify(signed)
        if [self._plain().sign(document) for document in documents] != proofs:
            raise EngineError(f"the proofs of {plain.NAME} differ from ours")
        if not all(self._plain().verify(body) for body in signed):
            raise EngineError(f"{plain.NAME} refuses our credentials")
        if self.worker:
            self._agree_with_node(self.worker, documents, signed, proofs)
        return signed

    def _agree_with_node(
        self, worker: Worker, documents: Documents, signed: list[bytes], proofs: list[Any]
    ) -> None:
        unsigned = [to_bytes(document).decode() for document in documents]
        if worker.ask("issue", credentials=unsigned)["proofs"] != proofs:
            raise EngineError(f"the proofs of {NODE} differ from ours")
        texts = [body.decode() for body in signed]
        refused = [text for text in worker.ask("verify", credentials=texts)["outcomes"] if text]
        if refused:
            raise EngineError(f"{NODE} refuses {len(refused)} of our credentials: {refused[0]}")


def _cpu(work: Callable[[], object], turns: int = 1) -> float:
    begun = time.process_time()
    for _ in range(turns):
        work()
    return (time.process_time() - begun) / turns


def _strangers(documents: Documents) -> Documents:
    """Return the documents, the members of each in another order: no two have one shape."""
    orders = permutations(reversed(documents[0]))
    return [
        {name: document[name] for name in order}
        for document, order in zip(documents, orders, strict=False)
    ]
