"""Signed files against the records they were derived from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.credential import AnyIssued, Issued
    from jobtwin.records.grade import Decision
    from jobtwin.records.organisation import IssuerKeyEntry

OTHER_CREDENTIAL = Code(
    "AUD-060",
    "a credential is not what its records give",
    why="The credential says something that nobody found.",
    fix="Revoke it; find out what made it.",
)
FORGED_PROOF = Code(
    "AUD-061",
    "a signed file's proof does not hold with the issuer's key",
    why="It was signed by somebody else, or by a key that was not in force.",
    fix="Find the commit that added it and what wrote it.",
)
INDEX_AGAIN = Code(
    "AUD-062",
    "two credentials share one place on a status list",
    why="Revoking one would revoke the other.",
    fix="Issue the later one again with an index of its own.",
)
WRONG_BITS = Code(
    "AUD-063",
    "a status list does not say what is revoked",
    why="Verifiers would accept a revoked credential, or refuse one that holds.",
    fix="Write the status list again from the records.",
)
NOT_DUE = Code(
    "AUD-064",
    "a credential was issued that no decision gives",
    why="Only a passing decision whose attempt binds leads to a credential.",
    fix="Revoke it; find out what issued it.",
)
OTHER_JWT = Code(
    "AUD-065",
    "a credential's JWT form is not what its records give",
    why="Software that reads the JWT would see another credential than software that reads JSON.",
    fix="Find the commit that added it and what wrote it; take the JWT out of use.",
)
OTHER_CLR = Code(
    "AUD-069",
    "a learner record does not hold what its track cites",
    why="Whoever reads the record would see other credentials than the track's own.",
    fix="Find the commit that added it and what wrote it; take the record out of use.",
)
NOT_AGAIN = Code(
    "AUD-066",
    "a credential was signed again without need, or with another content",
    why="Only what a compromised key has signed is signed again, and what says more than mentors "
    "have found who read the work anew; nothing else changes then.",
    fix="Find out what issued it; revoke the credential if it says what nobody found.",
)


def check_again(
    earlier: Issued,
    record: Issued,
    path: str,
    compromised: Collection[str],
    rests_on: str | None = None,
) -> Iterator[Finding]:
    """Yield why a credential should not have been signed again, or not with this content.

    `compromised` are the verification methods of the issuer's compromised keys, `rests_on` the
    digest of the decision that the credential is to rest on now; None is the one it names.
    """
    decision = rests_on or earlier.decision
    if earlier.verification_method not in compromised and decision == earlier.decision:
        message = f"{earlier.verification_method} was not compromised, and no decision says less"
        yield NOT_AGAIN.at(message, path)
    for name in ("attempt", "status", "best_of", "supersedes"):
        if getattr(earlier, name) != getattr(record, name):
            yield NOT_AGAIN.at(f"`{name}` is not what it was", path)
    if record.decision != decision:
        yield NOT_AGAIN.at("`decision` is not the one that it is to rest on", path)


def check_due(
    record: Issued,
    path: str,
    decision: tuple[str, Decision] | None,
    decided: int,
    binds: str | None,
) -> Iterator[Finding]:
    """Yield why a credential was not due.

    `decision` is (digest, record), `decided` counts the learner's decided attempts at the twin,
    and `binds` is the one of them that did when the credential was issued first.
    """
    if decision is None or record.decision != decision[0]:
        yield NOT_DUE.at("the decision it names is not the attempt's", path)
    elif decision[1].verdict != "pass":
        yield NOT_DUE.at(f"the verdict is `{decision[1].verdict}`", path)
    elif record.number == 1 and binds != record.attempt:
        yield NOT_DUE.at(f"attempt {binds} binds", path)
    elif record.number == 1 and record.best_of != decided:
        yield NOT_DUE.at(f"best_of is {record.best_of}, of {decided} decided attempts", path)


def check_key(
    record: AnyIssued, path: str, key: IssuerKeyEntry | None, proof: dict[str, Any]
) -> Iterator[Finding]:
    """Yield what is wrong with the key that signed a credential."""
    if key is None:
        yield FORGED_PROOF.at(f"{record.verification_method} is no key of the issuer's", path)
        return
    ended = min((end for end in (key.retired, key.compromised) if end), default=None)
    if record.at < key.since or (ended and record.at > ended):
        yield FORGED_PROOF.at(f"key `{key.fragment}` was not in force then", path)
    if proof.get("verificationMethod") != record.verification_method:
        yield FORGED_PROOF.at("the proof names another key than the record", path)
