"""Does an endorsement still stand beside what it endorses, and does that hold itself?

A step of its own after the others: it needs the endorsed credential, and says nothing of the
endorsement's signature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.data_model import digest_fits
from jobtwin.credential.endorser import fingerprint_of
from jobtwin.credential.shape import ENDORSEMENT
from jobtwin.credential.verify import Outcome, Step, Verification
from jobtwin.findings import Code, Finding

OTHER_CREDENTIAL = Code(
    "VC-091",
    "what is served is not the file that was endorsed",
    why="The words are bound to other bytes: the credential was signed again since, or the "
    "endorsement was put beside one that its author never saw.",
    fix="Ask whoever endorsed it for an endorsement of the credential as it is now.",
)
DOES_NOT_HOLD = Code(
    "VC-092",
    "the endorsed credential does not hold",
    why="Good words about a credential do not make up for its revocation or a broken signature.",
    fix="Verify the credential itself; its issuer can say why it does not hold.",
)


@dataclass(frozen=True, slots=True)
class Endorsed:
    """The endorsed credential as it is served now."""

    content: bytes
    verification: Verification


def endorsed_url(document: JsonObject) -> str | None:
    """Return where the credential stands that a document endorses by its digest, if it does."""
    types = document.get("type")
    subject = document.get("credentialSubject")
    if not isinstance(types, list) or not ENDORSEMENT & set(filter(_is_text, types)):
        return None
    named = subject.get("id") if isinstance(subject, dict) else None
    return named if _is_text(named) and _digest(document) is not None else None


def with_endorsed(
    found: Verification, document: JsonObject, endorsed: Endorsed | str
) -> Verification:
    """Return the verification with one more step; `endorsed` says why there is none, else it is.

    To be asked only where `endorsed_url` names one.
    """
    number = len(found.steps) + 1
    if isinstance(endorsed, str):
        step = Step(number, "endorsed", Outcome.NOT_CHECKED, endorsed)
    elif wrong := _wrong(document, endorsed):
        step = Step(number, "endorsed", Outcome.FAILED, "; ".join(map(str, wrong)), wrong)
    else:
        step = Step(number, "endorsed", Outcome.PASSED, _words(document, endorsed))
    return replace(found, steps=(*found.steps, step))


def _wrong(document: JsonObject, endorsed: Endorsed) -> tuple[Finding, ...]:
    url = document["credentialSubject"]["id"]
    if not digest_fits(_digest(document) or {}, endorsed.content):
        message = f"the digest is not that of {url[:200]} as it is served now"
        return (OTHER_CREDENTIAL.at(message, "$.relatedResource"),)
    if not endorsed.verification.ok:
        of = endorsed.verification
        said = f"{of.signature.value}, {of.status.value}"
        return (DOES_NOT_HOLD.at(f"{url[:200]} is {said}", "$.credentialSubject.id"),)
    return ()


def _words(document: JsonObject, endorsed: Endorsed) -> str:
    told = "the credential that it endorses is this very file, and holds"
    issuer = document.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    key = fingerprint_of(named) if isinstance(named, str) else None
    if key is None:
        return told
    if key.encode("ascii") in endorsed.content:
        return f"{told}; it names the endorser's key, {key}, as that of a mentor who graded it"
    return f"{told}; it does not name the endorser's key, {key}"


def _digest(document: JsonObject) -> dict[str, Any] | None:
    """Return the one file that an endorsement cites by its digest."""
    cited = document.get("relatedResource")
    items = cited if isinstance(cited, list) else [cited]
    given = [item for item in items if isinstance(item, dict) and "digestSRI" in item]
    return given[0] if len(given) == 1 else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
