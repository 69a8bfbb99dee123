"""scripts/interop: does the W3C world's own verifier see in our credentials what we see in them?

A genuine credential, one revoked, one tampered with, one under a status list that was tampered
with, one whose key its issuer has withdrawn. Each goes to `@digitalbazaar/vc` with its bitstring
status list and to our own verifier; the expected, theirs and ours must be the same. With a folder
as argument, every credential of that built site. Nothing is fetched: a loader knows the pinned
contexts and the site's files.
"""

from __future__ import annotations

import argparse
import copy
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import credentials, node
from jobtwin.credential import did, verify
from jobtwin.credential.contexts import pinned
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.keys import timestamp
from jobtwin.credential.proof import sign
from jobtwin.errors import JobtwinError, UsageError

GENUINE, REVOKED, REFUSED = "genuine", "revoked", "refused"


@dataclass(frozen=True, slots=True)
class Case:
    """A credential with the site that it points at, and what every verifier must say of it."""

    name: str
    content: bytes
    site: dict[str, bytes]
    """URL → file."""
    expected: str
    now: datetime = credentials.NOW


@dataclass(frozen=True, slots=True)
class Answer:
    """What both sides said of a case."""

    case: Case
    theirs: str
    ours: str
    reason: str

    @property
    def agrees(self) -> bool:
        """Whether all three are the same."""
        return self.case.expected == self.theirs == self.ours


def own_cases() -> list[Case]:
    """Return the five cases, freshly signed."""
    desk = credentials.desk(1)
    (document,) = desk.documents
    at, signer = credentials.ISSUED_AT, desk.signer
    signed = sign(document, signer, at)
    genuine = to_bytes(signed)
    entry = int(document["credentialStatus"]["statusListIndex"])
    fine, bad = (sign(desk.status_list(bits), signer, at) for bits in ((), (entry,)))
    did_url = did.did_web_url(desk.issuer.did)
    site = {did_url: desk.did_json, desk.status_url: to_bytes(fine)}
    tampered = copy.deepcopy(signed)
    tampered["credentialSubject"]["result"][0]["value"] = "1.00"
    cleared = bad | {"credentialSubject": fine["credentialSubject"]}
    withdrawn = parse_object(desk.did_json) | {"assertionMethod": []}
    return [
        Case("genuine", genuine, site, GENUINE),
        Case("revoked", genuine, site | {desk.status_url: to_bytes(bad)}, REVOKED),
        Case("a score altered", to_bytes(tampered), site, REFUSED),
        Case(
            "its revocation undone", genuine, site | {desk.status_url: to_bytes(cleared)}, REFUSED
        ),
        Case("its key withdrawn", genuine, site | {did_url: to_bytes(withdrawn)}, REFUSED),
    ]


def site_cases(folder: Path, now: datetime) -> list[Case]:
    """Return every credential of a built site, expected to be as our verifier sees it.

    Raises `UsageError` where there is none.
    """
    found = sorted(folder.glob("credentials/*/*/credential.json"))
    if not found:
        raise UsageError(f"{folder} holds no credentials", "name the folder of a built site")
    cases = []
    for path in found:
        content = path.read_bytes()
        base = parse_object(content)["id"].split("/credentials/")[0]
        files = {f"{base}/{p.relative_to(folder)}": p.read_bytes() for p in _published(folder)}
        place = str(path.relative_to(folder).parent)
        now = max(now, *(_dated(body) for body in (content, *files.values())))
        unjudged = Case(place, content, files, "", now)
        cases.append(Case(place, content, files, _ours(unjudged), now))
    return cases


def _published(folder: Path) -> list[Path]:
    patterns = (".well-known/did.json", "did.json", "status/*.json")
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


def _dated(content: bytes) -> datetime:
    """Return a document's `validFrom`: the clock of a demo runs ahead of this machine's."""
    moment = did.moment(parse_object(content).get("validFrom"))
    return moment or datetime.min.replace(tzinfo=UTC)


def answers(cases: list[Case]) -> list[Answer]:
    """Ask both sides about every case; raises `NoNode`."""
    return [_answer(case) for case in cases]


def _answer(case: Case) -> Answer:
    (said,) = node.run("interop.js", _plan(case))
    theirs = REFUSED if not said["verified"] else REVOKED if said["revoked"] else GENUINE
    return Answer(case, theirs, _ours(case), said["reason"])


def _plan(case: Case) -> dict[str, Any]:
    document = parse_object(case.content)
    issuer = document["issuer"]["id"]
    documents = {url: parse_object(body) for url, body in case.site.items()}
    documents[issuer] = documents[did.did_web_url(issuer)]
    return {
        "contexts": dict(pinned()),
        "documents": documents,
        "now": timestamp(case.now),
        "credentials": [{"name": case.name, "credential": document}],
    }


def _ours(case: Case) -> str:
    found = verify.verify(case.content, case.site, case.now, set())
    if found.ok and found.status.value == "holds":
        return GENUINE
    return REVOKED if found.status.value == "revoked" else REFUSED


def to_text(found: list[Answer]) -> str:
    """Return a table of what was expected and said."""
    rows = [("credential", "expected", node_name(), "jobtwin", "", "their reason")]
    rows += [
        (a.case.name, a.case.expected, a.theirs, a.ours, "" if a.agrees else "DIFFERS", a.reason)
        for a in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[5]]).rstrip()
        for row in rows
    )


def node_name() -> str:
    """Return the other verifier's name and version."""
    return f"@digitalbazaar/vc {node.pinned()['@digitalbazaar/vc']}"


def main() -> int:
    """Return 0 if everything agrees, 1 if something differs, 3 where Node cannot run."""
    parser = argparse.ArgumentParser(prog="scripts/interop", description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, help="folder of a built site")
    site = parser.parse_args().site
    try:
        node.install(_say)
        now = datetime.now(UTC)  # noqa: TID251 - this is the edge: the clock comes in here
        found = answers(site_cases(site, now) if site else own_cases())
    except (node.NoNode, JobtwinError) as error:
        _say(f"interop: {error}")
        return error.exit_code if isinstance(error, JobtwinError) else 3
    sys.stdout.write(f"{to_text(found)}\n")
    return 0 if all(answer.agrees for answer in found) else 1


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
