"""attest: what became of a credential's holder, from the learner's consent to the employer's word.

The learner agrees by pull request, from the account that earned the credential; an operator asks
the employer; the employer's signed statement comes by pull request, whoever opens that. What counts
is the employer's own signature: the platform's key only says when it came, and that it held then.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.credential.canonical import refuse
from jobtwin.credential.did import did_web_url
from jobtwin.credential.endorsement import check_proof
from jobtwin.credential.outcome import read_statement
from jobtwin.credential.resolve import NotChecked, issuer_key
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import PUSHES, Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.outcome import Asked, Attested, Consent, Consented
from jobtwin.repository import inbox, moments, outcomes
from jobtwin.repository.fetch import NotHad, get
from jobtwin.rules import outcome as rules
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from jobtwin.credential.keys import Signer
    from jobtwin.credential.outcome import Statement
    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.credential import Issued
    from jobtwin.records.outcome import Channel
    from jobtwin.repository.ledger import Filed, Ledger
    from jobtwin.repository.outcomes import Story

    Fetch = Callable[[str], bytes]

NO_CREDENTIAL = Code(
    "ATT-005",
    "there is no such credential, or it was revoked",
    why="An outcome is about the holder of a credential that holds.",
    fix="Name the credential's id: the last folder of its URL.",
)
NOT_THE_HOLDER = Code(
    "ATT-006",
    "the consent is not by the credential's holder",
    why="What an employer says of somebody is published; only that person can allow it.",
    fix="The learner opens and pushes the pull request, from the account that earned the "
    "credential.",
)
AGREED_ALREADY = Code(
    "ATT-007",
    "the learner has agreed to another question already",
    why="One employer is asked once about a credential, so that nobody asks until the answer is "
    "the wanted one.",
    fix="What was agreed first stands.",
)
NOT_ASKED = Code(
    "ATT-008",
    "this employer was not asked about this credential",
    why="Nobody is asked about a learner who did not agree, and nobody's statement counts who was "
    "not asked: otherwise anybody could publish an opinion on anybody.",
    fix="The learner agrees by consent.yml; then an operator asks, by `jobtwin attest ask`.",
)
OTHER_FILE = Code(
    "ATT-009",
    "the statement is not about this credential as it was signed",
    why="It names the credential's file by its digest and its own address, so that it can be "
    "pointed at nothing else.",
    fix="Write it again from the credential's own URL, with the `--number` that the message names.",
)
NO_KEY = Code(
    "ATT-012",
    "the employer's DID document cannot be had",
    why="Without it nobody knows whether the key is the employer's.",
    fix="Publish did.json at the address that the message names, and push again.",
)
_FOLDER = re.compile(r"/credentials/[0-9a-f]{2}/([0-9a-f]{32})/credential\.json")
_MAX_DOCUMENT = 64 * 1024


def by_pull_request(event: Event, ledger: Ledger, holders: Holders, fetch: Fetch = get) -> Effects:
    """Take in the consent or the statement that a pull request brings, and close it.

    It is read as git objects from the head that the event announces and never merged. Raises
    `Refused` with every finding; the pull request then stays open.
    """
    if event.pull_request is None:
        raise Refused([rules.NOT_ONE_FILE.at("the event has no pull request")])
    if event.kind not in PUSHES:
        return Effects()
    brought = inbox.read_checked(ledger.tree.git, event.pull_request.head, rules.check_brought)
    ((path, content),) = brought.items()
    if path == rules.CONSENT:
        return replace(consent(event, ledger, holders, content), close=True)
    return replace(attest(event, ledger, holders, content, fetch), close=True)


def consent(event: Event, ledger: Ledger, holders: Holders, content: bytes) -> Effects:
    """Record that a learner lets an employer be asked; raises `Refused`. Again changes nothing."""
    event = replace(event, at=moments.acting(ledger, event.at))
    loaded = load(Consent, content, "consent.yml")
    given = loaded.record
    issued = _credential(ledger, given.credential)
    if not _is_holder(event, ledger, holders, given.credential):
        raise Refused([loaded.finding(NOT_THE_HOLDER, "it comes from another account")])
    if there := outcomes.story(ledger, given.credential):
        _refuse_other(loaded, there.consented.record)
        return Effects(comment=_agreed(there.consented.record))
    entry = outcomes.entry_of(ledger, given.employer)
    refuse(rules.check_employer(entry, given.employer, event.at))
    signer = _signer(ledger, holders)
    record = sign(
        Consented(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            credential=given.credential,
            issued=issued.digest,
            employer=given.employer,
            began=given.began,
        ),
        signer,
    )
    return Effects(
        records={layout.consented(given.credential): write(record)},
        message=f"Consent: an employer may be asked about {given.credential[:8]}",
        comment=_agreed(record),
    )


def ask(event: Event, ledger: Ledger, holders: Holders, credential: str, how: Channel) -> Effects:
    """Record that the employer is asked now; raises `Refused`. Again changes nothing."""
    event = replace(event, at=moments.acting(ledger, event.at))
    _credential(ledger, credential)
    found = outcomes.story(ledger, credential)
    if found is None:
        raise Refused([NOT_ASKED.at("the learner has not agreed")])
    if found.asked:
        return Effects(comment=letter(ledger, found.asked.record))
    agreed = found.consented.record
    entry = outcomes.entry_of(ledger, agreed.employer)
    refuse(rules.check_ask(agreed.began, event.at))
    refuse(rules.check_employer(entry, agreed.employer, event.at))
    signer = _signer(ledger, holders)
    record = sign(
        Asked(
            format=1,
            at=event.at,
            event=event.id,
            previous=found.tip,
            key=signer.key_id,
            credential=credential,
            employer=agreed.employer,
            how=how,
            answer_by=rules.answer_by(event.at),
        ),
        signer,
    )
    return Effects(
        records={layout.asked(credential): write(record)},
        message=f"Ask the employer about {credential[:8]}",
        comment=letter(ledger, record),
    )


def attest(
    event: Event, ledger: Ledger, holders: Holders, content: bytes, fetch: Fetch = get
) -> Effects:
    """Take an employer's signed statement in; raises `Refused` with every finding.

    `fetch` gets the DID document of a did:web. The same statement again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    statement = read_statement(content)
    found, asked = _asked(ledger, statement)
    for filed in found.attested:
        if filed.record.statement == digest(content):
            return Effects(comment=_received(ledger, filed.record))
    number = len(found.attested) + 1
    endorses = _endorses(ledger, statement, found.credential)
    refuse(_check(ledger, statement, found, asked, event.at))
    document = _verified(statement, fetch)
    signer = _signer(ledger, holders)
    record = sign(
        Attested(
            format=1,
            at=event.at,
            event=event.id,
            previous=found.tip,
            key=signer.key_id,
            credential=found.credential,
            number=number,
            statement=digest(content),
            endorses=endorses,
            issuer=statement.issuer,
            verification_method=statement.endorsement.proof.verification_method,
            did_document=digest(document) if document else None,
        ),
        signer,
    )
    kept = {layout.employer_did(found.credential, number): document} if document else {}
    return Effects(
        records={layout.statement(found.credential, number): content}
        | kept
        | {layout.attested(found.credential, number): write(record)},
        message=f"Outcome of {found.credential[:8]}, statement {number}",
        comment=_received(ledger, record),
    )


def signed_files(ledger: Ledger, credential: str) -> dict[int, bytes]:
    """Return each signed file of a credential by its number."""
    numbers = (filed.record.number for filed in ledger.issued(credential))
    files = {number: ledger.tree.read(layout.signed(credential, number)) for number in numbers}
    return {number: content for number, content in files.items() if content is not None}


def _signer(ledger: Ledger, holders: Holders) -> Signer:
    """Return the desk's signer; raises `EngineError` for a key that is not for this act.

    What it signed all the same would be on record for ever, and `audit` would refuse all of it.
    """
    signer = holders.signer("desk")
    entry = ledger.act_keys.get(signer.key_id)
    if entry is None or "attest" not in entry.acts:
        raise EngineError(
            f"key `{signer.key_id}` may not write outcomes",
            f"add a desk key with the act `attest` to {layout.ACT_KEYS}",
        )
    return signer


def _credential(ledger: Ledger, credential: str) -> Filed[Issued]:
    issued = ledger.issued(credential) if re.fullmatch("[0-9a-f]{32}", credential) else ()
    if not issued or ledger.revoked(credential):
        raise Refused([NO_CREDENTIAL.at(f"{ascii(credential)[:80]} does not hold here")])
    return issued[-1]


def _is_holder(event: Event, ledger: Ledger, holders: Holders, credential: str) -> bool:
    """Say whether who opened the pull request, and pushed to it, earned the credential."""
    if event.pull_request is None or event.actor.number != event.pull_request.author.number:
        return False
    subject = seeds.subject(holders.subject, event.actor.number)
    return outcomes.started_of(ledger, credential).subject == subject


def _refuse_other(loaded: Loaded[Consent], agreed: Consented) -> None:
    given = loaded.record
    if (given.employer, given.began) != (agreed.employer, agreed.began):
        message = f"to ask {agreed.employer}, on {stamp(agreed.at)}"
        raise Refused([loaded.finding(AGREED_ALREADY, message, "employer")])


def _asked(ledger: Ledger, statement: Statement) -> tuple[Story, Asked]:
    """Return what a statement answers; raises `Refused` where nobody asked its issuer."""
    about = statement.endorsement.credential
    place = _FOLDER.fullmatch(about.removeprefix(ledger.issuer.url))
    found = outcomes.story(ledger, place[1]) if place else None
    if place is None or found is None or found.asked is None:
        raise Refused([NOT_ASKED.at(f"nobody was asked about {about[:200]}")])
    if found.asked.record.employer != statement.issuer:
        raise Refused([NOT_ASKED.at(f"{statement.issuer[:200]} was not asked")])
    return found, found.asked.record


def _endorses(ledger: Ledger, statement: Statement, credential: str) -> int:
    """Return the number of the signed file that a statement has the digest of."""
    files = signed_files(ledger, credential)
    said = statement.endorsement
    fits = [number for number, content in files.items() if said.is_over(content)]
    if not fits:
        message = "it has the digest of none of the credential's signed files"
        raise Refused([OTHER_FILE.at(message, "$.relatedResource")])
    url = f"{ledger.issuer.url}/{layout.signed(credential, max(fits))}"
    if said.related["id"] != url:
        raise Refused([OTHER_FILE.at(f"the file's address is {url}", "$.relatedResource")])
    return max(fits)


def _check(
    ledger: Ledger, statement: Statement, found: Story, asked: Asked, at: datetime
) -> Iterator[Finding]:
    number, said = len(found.attested) + 1, statement.endorsement
    address = f"{ledger.issuer.url}/{layout.served_outcome(found.credential, number)}"
    if number > outcomes.MAX_STATEMENTS:
        yield OTHER_FILE.at(f"{number - 1} statements are there already; no more are taken")
    elif said.id != address:
        yield OTHER_FILE.at(f"its id has to be {address}, number {number}", "$.id")
    entry = outcomes.entry_of(ledger, asked.employer)
    yield from rules.check_employer(entry, asked.employer, at)
    began = found.consented.record.began
    yield from rules.check_dates(said.valid_from, said.proof.created, began, at)


def _verified(statement: Statement, fetch: Fetch) -> bytes | None:
    """Return the DID document that vouches for a statement's key; raises `Refused`.

    None for a did:key, which needs none. The signature is checked with the key.
    """
    proof, issuer = statement.endorsement.proof, statement.issuer
    document: bytes | None = None
    resources: dict[str, bytes] = {}
    if issuer.startswith("did:web:"):
        url = did_web_url(issuer)
        try:
            document = resources[url] = fetch(url)
        except NotHad as error:
            raise Refused([NO_KEY.at(f"{url}: {error}")]) from error
        if len(document) > _MAX_DOCUMENT:
            raise Refused([NO_KEY.at(f"{url}: it has over {_MAX_DOCUMENT:,} bytes")])
    try:
        key = issuer_key(proof.verification_method, proof.created, issuer, resources)
    except NotChecked as error:
        raise Refused([NO_KEY.at(str(error))]) from error
    refuse(check_proof(statement.endorsement, key))
    return document


def _agreed(record: Consented) -> str:
    return (
        f"**{record.employer} may be asked about credential `{record.credential}`**, from "
        f"{stamp(record.began + rules.AFTER)} on. What it answers is published beside the "
        "credential, and that it was asked, if it does not answer."
    )


def _received(ledger: Ledger, record: Attested) -> str:
    url = f"{ledger.issuer.url}/{layout.served_outcome(record.credential, record.number)}"
    return (
        f"**The statement of {record.issuer} was received {stamp(record.at)}**, and its signature "
        f"holds. It will be served at {url}."
    )


def letter(ledger: Ledger, record: Asked) -> str:
    """Return what an operator sends to the employer who is asked."""
    url = layout.credential_page(ledger.issuer.url, record.credential)
    newest = max(signed_files(ledger, record.credential))
    answer = "--hired yes|no --in-role yes|no --again yes|no|unsaid --comment WORDS"
    return (
        f"Asked {stamp(record.at)}; without an answer by {stamp(record.answer_by)} the employer "
        "counts as silent. To send:\n\n"
        f"> The holder of {url} says that you hired them, and lets us ask you: were they hired, "
        "were they in the role 90 days after beginning, and would you hire them again? Your "
        "signed answer is published beside the credential. You need no account with us:\n>\n"
        f">     jobtwin attest write {url}{newest}.json --key KEY --name NAME {answer}\n>\n"
        f"> Sign as `{record.employer}`. Then open a pull request that adds {rules.STATEMENT} "
        "alone, or send us the file."
    )
