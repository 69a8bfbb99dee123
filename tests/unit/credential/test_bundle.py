"""A bundle holds what a verification needs, is hostile until judged, and cannot be mixed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin import multikey
from jobtwin.credential import bundle, keys, proof, status
from jobtwin.credential.bundle import MAX_BUNDLE_BYTES, Bundle, File, Role
from jobtwin.credential.bundled import verify_bundle, wanted_live
from jobtwin.credential.endorsement import (
    SignedFile,
    Words,
    did_key,
    did_key_method,
    profile,
    sign_endorsement,
    unsigned_endorsement,
)
from jobtwin.credential.endorser import fingerprint_of
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.jwt import to_jwt
from jobtwin.credential.outcome import signed_statement
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verdicts import Outcome, Verification
from jobtwin.errors import Refused
from jobtwin.records.base import write
from jobtwin.records.organisation import IssuerKeyEntry, IssuerKeys
from jobtwin.records.outcome import Outcome as Said

SITE = "https://twins.example/academy"
ISSUER = "did:web:twins.example:academy"
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOW = AT + timedelta(days=8)
MENTOR = keys.SeedSigner("", hashlib.sha256(b"NOT A SECRET mentor").digest())
EMPLOYER = keys.SeedSigner("did:web:employer.example#key-1", bytes(range(1, 33)))
ALL = (
    "bundle", "key_history", "jwt", "endorsements", "outcomes",
)  # fmt: skip


@dataclass
class Maker:
    """An issuer that makes a bundle of one credential, each at the same addresses."""

    seed: bytes
    badge: dict[str, Any]
    revoked: tuple[int, ...] = ()

    @property
    def signer(self) -> keys.SeedSigner:
        return keys.SeedSigner(f"{ISSUER}#key-2026-1", self.seed)

    def history(self) -> IssuerKeys:
        key = multikey.encode(self.signer.public_key)
        entry = IssuerKeyEntry(fragment="key-2026-1", public_key=key, since=AT)
        return IssuerKeys(format=1, keys=(entry,))

    def files(self) -> dict[Role, File]:
        own = self.badge["id"]
        folder = own.rpartition("/")[0]
        credential = to_bytes(proof.sign(self.badge, self.signer, AT))
        known = [keys.IssuerKey("key-2026-1", self.signer.public_key, AT)]
        jwk = json.loads(keys.jwks(known))["keys"][0]
        kid = f"{SITE}/keys/jwk.json"
        listed = status.status_list_credential(f"{SITE}/status/1.json", ISSUER, self.revoked, AT)
        at_work = keys.IssuerKey("key-1", EMPLOYER.public_key, AT)
        files = [
            File(Role.CREDENTIAL, own, credential),
            File(Role.JWT, f"{folder}/credential.jwt", to_jwt(self.badge, self.signer, kid)),
            File(Role.JWK, kid, to_bytes(jwk)),
            File(Role.DID, f"{SITE}/did.json", keys.did_document(ISSUER, known)),
            File(Role.JWKS, f"{SITE}/keys/jwks.json", keys.jwks(known)),
            File(Role.HISTORY, f"{SITE}/keys/issuer-keys.yml", write(self.history())),
            File(
                Role.STATUS,
                f"{SITE}/status/1.json",
                to_bytes(proof.sign(listed, self.signer, AT)),
            ),
            File(Role.ENDORSEMENT, f"{folder}/endorsement-ana.json", self.endorsed(credential)),
            File(Role.OUTCOME, f"{folder}/outcome-1.json", self.stated(credential)),
        ]
        made = {file.role: file for file in files}
        did_json = keys.did_document("did:web:employer.example", [at_work])
        self.employer = File(Role.DID, "https://employer.example/.well-known/did.json", did_json)
        return made

    def endorsed(self, credential: bytes) -> bytes:
        folder = self.badge["id"].rpartition("/")[0]
        document = unsigned_endorsement(
            identifier=f"{folder}/endorsement-ana.json",
            name="Endorsement",
            issuer=profile(did_key(MENTOR.public_key), "Ana"),
            endorsed=SignedFile(credential, f"{folder}/1.json"),
            words=Words("I graded it."),
            at=AT,
        )
        signer = keys.SeedSigner(did_key_method(MENTOR.public_key), MENTOR.seed)
        return sign_endorsement(document, signer, AT)

    def stated(self, credential: bytes) -> bytes:
        folder = self.badge["id"].rpartition("/")[0]
        return signed_statement(
            credential=SignedFile(credential, f"{folder}/1.json"),
            number=1,
            employer="An Employer",
            outcome=Said(hired=True, in_role=True, again=True),
            signer=EMPLOYER,
            at=AT,
        )

    def make(self, **other: File) -> bytes:
        files = self.files()
        return bundle.make(
            [*(files | {Role[n]: f for n, f in other.items()}).values(), self.employer]
        )


def mentioned(badge: dict[str, Any]) -> dict[str, Any]:
    """Let a credential say who graded it."""
    shown = fingerprint_of(did_key(MENTOR.public_key))
    source = {"id": f"{SITE}/mentors/#ana", "type": ["Profile"], "description": f"Key {shown}."}
    badge["credentialSubject"]["source"] = source
    badge["id"] = f"{SITE}/credentials/7f/7fa3/credential.json"
    return badge


@pytest.fixture
def mine(credential: dict[str, Any]) -> Maker:
    return Maker(bytes(range(32)), mentioned(credential))


@pytest.fixture(scope="module")
def two(request: pytest.FixtureRequest) -> tuple[dict[Role, File], dict[Role, File], File]:
    """All files of a credential, those of another issuer's at the same addresses, and a DID."""
    sample = request.getfixturevalue("signed_once")
    plain = {name: value for name, value in sample.items() if name != "proof"}
    first = Maker(bytes(range(32)), mentioned(json.loads(json.dumps(plain))))
    second = Maker(bytes(32), mentioned(json.loads(json.dumps(plain))) | {"name": "Another"})
    return first.files(), second.files(), (first.employer)


def verified(content: bytes, **more: Any) -> Verification:
    return verify_bundle(
        bundle.read(content), more.pop("now", NOW), more.pop("trusted", ()), **more
    )


def failed(found: Verification) -> set[str]:
    return {step.id for step in found.steps if step.outcome is Outcome.FAILED}


def verdicts(found: Verification) -> tuple[str, str, str, str]:
    said = (found.signature, found.status, found.issuer, found.freshness)
    return tuple(verdict.value for verdict in said)  # type: ignore[return-value]


def test_a_bundle_alone_passes_every_step_and_says_on_what_the_issuer_rests(mine: Maker) -> None:
    found = verified(mine.make())
    assert {step.outcome for step in found.steps} == {Outcome.PASSED}
    assert tuple(step.id for step in found.steps[12:]) == ALL
    assert [step.number for step in found.steps] == list(range(1, 18))
    assert verdicts(found) == ("valid", "holds", "claimed", "fresh")
    assert "rests on the bundle alone" in found.issuer.words
    assert "the key that the bundle gives" in found.signature.words
    assert "2026-03-02, 8 days ago: what was withdrawn since is not in it" in found.freshness.words
    details = {step.id: step.detail for step in found.steps}
    assert details["endorsements"] == "1 by the key of Ana, who graded it"
    assert "did:web:employer.example" in details["outcomes"]
    assert found.ok


def test_an_issuer_that_is_only_named_by_a_trusted_did_is_claimed_still(mine: Maker) -> None:
    assert verified(mine.make(), trusted={ISSUER}).issuer.value == "claimed"


def test_a_key_that_one_knows_confirms_the_issuer(mine: Maker) -> None:
    known = frozenset({mine.signer.public_key})
    assert verdicts(verified(mine.make(), trusted_keys=known)) == (
        "valid", "holds", "known", "fresh",
    )  # fmt: skip
    other = frozenset({EMPLOYER.public_key})
    assert verdicts(verified(mine.make(), trusted_keys=other))[1:3] == ("unknown", "claimed")


def live(mine: Maker) -> dict[str, bytes | Unavailable]:
    files = mine.files()
    roles = (Role.DID, Role.JWKS, Role.STATUS)
    return {files[role].url: files[role].content for role in roles}


def test_keys_from_the_site_confirm_the_issuer(mine: Maker) -> None:
    found = verified(mine.make(), trusted={ISSUER}, live=live(mine))
    assert verdicts(found) == ("valid", "holds", "known", "fresh")
    assert set(wanted_live(bundle.read(mine.make()))) == set(live(mine))


def test_a_site_that_is_gone_leaves_the_bundles_word(mine: Maker) -> None:
    gone: dict[str, bytes | Unavailable] = dict.fromkeys(live(mine), Unavailable("gone"))
    assert verdicts(verified(mine.make(), trusted={ISSUER}, live=gone)) == (
        "valid", "holds", "claimed", "fresh",
    )  # fmt: skip


def test_the_sites_list_goes_before_the_bundles(mine: Maker) -> None:
    index = int(mine.badge["credentialStatus"]["statusListIndex"])
    now_revoked = live(replace(mine, revoked=(index,)))
    assert verified(mine.make(), live=now_revoked).status.value == "revoked"


def test_an_old_bundle_is_stale_and_says_when_its_list_was_signed(mine: Maker) -> None:
    found = verified(mine.make(), now=NOW + timedelta(days=400))
    assert verdicts(found) == ("valid", "holds", "claimed", "stale")
    assert "408 days old" in next(s for s in found.steps if s.id == "freshness").detail
    assert found.ok


def thief(mine: Maker) -> Maker:
    return replace(mine, seed=bytes(32), badge=mine.badge | {"name": "Chief of everything"})


def test_a_thiefs_own_keys_in_the_issuers_name_are_never_more_than_claimed(mine: Maker) -> None:
    forged = thief(mine).make()
    assert verdicts(verified(forged, trusted={ISSUER}))[2] == "claimed"
    known = frozenset({mine.signer.public_key})
    assert verdicts(verified(forged, trusted={ISSUER}, trusted_keys=known))[2] == "claimed"
    assert verdicts(verified(forged, trusted={ISSUER}, live=live(mine)))[0] == "forged"


def test_a_revoked_holders_own_list_does_not_pass_for_the_issuers(mine: Maker) -> None:
    """The credential is genuine; its holder adds a key to did.json and signs a clean list."""
    other = thief(mine)
    both = [
        keys.IssuerKey("key-2026-1", mine.signer.public_key, AT),
        keys.IssuerKey("key-2026-2", other.signer.public_key, AT),
    ]
    signer = keys.SeedSigner(f"{ISSUER}#key-2026-2", other.seed)
    listed = status.status_list_credential(f"{SITE}/status/1.json", ISSUER, (), AT)
    files = mine.files()
    exchanged = {
        "DID": replace(files[Role.DID], content=keys.did_document(ISSUER, both)),
        "JWKS": replace(files[Role.JWKS], content=keys.jwks(both)),
        "STATUS": replace(files[Role.STATUS], content=to_bytes(proof.sign(listed, signer, AT))),
    }
    made = mine.make(**exchanged)
    assert verdicts(verified(made, trusted_keys=frozenset({mine.signer.public_key}))) == (
        "valid", "unknown", "known", "unknown",
    )  # fmt: skip
    own = live(mine)
    kept = {url: body for url, body in own.items() if "/status/" not in url}
    found = verified(made, live=kept)
    assert found.status.value == "unknown"
    assert "status" in failed(found)


STEPS: Mapping[Role, str] = {
    Role.CREDENTIAL: "key", Role.JWT: "jwt", Role.DID: "key", Role.JWKS: "jwks", Role.JWK: "jwt",
    Role.HISTORY: "key_history", Role.STATUS: "status", Role.ENDORSEMENT: "endorsements",
    Role.OUTCOME: "outcomes",
}  # fmt: skip


@pytest.mark.parametrize("role", list(STEPS))
def test_a_member_of_another_issuers_credential_fails_on_its_own_step(
    two: tuple[dict[Role, File], dict[Role, File], File], role: Role
) -> None:
    mine, other, employer = two
    found = verified(bundle.make([*(mine | {role: other[role]}).values(), employer]))
    expected = {"signature"} if STEPS[role] == "key" else {STEPS[role]}
    assert expected <= failed(found)
    assert not found.ok


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(list(STEPS)), min_size=1, max_size=len(STEPS) - 1))
def test_no_mixture_of_two_credentials_files_verifies(
    two: tuple[dict[Role, File], dict[Role, File], File], roles: set[Role]
) -> None:
    mine, other, employer = two
    mixed = mine | {role: other[role] for role in roles}
    assert not verified(bundle.make([*mixed.values(), employer])).ok


def test_a_credential_under_the_name_of_another_is_told(mine: Maker) -> None:
    another = replace(mine, badge=mine.badge | {"id": f"{SITE}/credentials/00/x/credential.json"})
    file = replace(mine.files()[Role.CREDENTIAL], content=another.files()[Role.CREDENTIAL].content)
    assert failed(verified(mine.make(CREDENTIAL=file))) == {
        "bundle", "jwt", "endorsements", "outcomes",
    }  # fmt: skip


def test_the_same_files_in_any_order_give_the_same_bytes(mine: Maker) -> None:
    files = [*mine.files().values(), mine.employer]
    assert bundle.make(files) == bundle.make(reversed(files))


def test_the_exact_bytes_come_back(mine: Maker) -> None:
    files = mine.files()
    files[Role.CREDENTIAL] = replace(
        files[Role.CREDENTIAL], content='{\r\n\t"a": "ü\\u00fc "}\n\n'.encode()
    )
    read = bundle.read(bundle.make(files.values()))
    assert read.credential.content == files[Role.CREDENTIAL].content


def test_only_what_begins_as_a_bundle_is_taken_for_one(mine: Maker) -> None:
    assert bundle.is_bundle(mine.make())
    assert not bundle.is_bundle(mine.files()[Role.CREDENTIAL].content)
    assert not bundle.is_bundle(b'{"@context": [], "bundle": 1}')


def changed(content: bytes, change: Any) -> bytes:
    data = json.loads(content)
    change(data)
    return json.dumps(data).encode()


def status_lists(count: int) -> list[dict[str, str]]:
    empty = hashlib.sha256(b"").hexdigest()
    return [
        {"role": "status", "url": f"https://a.example/{n}", "sha256": empty, "text": ""}
        for n in range(count)
    ]


def put(**members: Any) -> Any:
    return lambda data: data.update(members)


def first(**members: Any) -> Any:
    return lambda data: data["files"][0].update(members)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (put(bundle=2), "VC-073"),
        (put(files={}), "VC-073"),
        (put(files=[]), "VC-073"),
        (put(files=[5]), "VC-073"),
        (lambda data: data["files"].extend(data["files"][:1] * 60), "VC-073"),
        (lambda data: data["files"].append(data["files"][-1]), "VC-073"),
        (lambda data: data["files"].extend(status_lists(8)), "VC-073"),
        (lambda data: data["files"].append(data["files"][0]), "VC-073"),
        (lambda data: data["files"].pop(0), "VC-073"),
        (first(role="key"), "VC-073"),
        (first(role=None), "VC-073"),
        (first(more="x"), "VC-073"),
        (first(text=["x"]), "VC-073"),
        (first(url="file:///etc/passwd"), "VC-073"),
        (first(url="https://a.example/\n"), "VC-073"),
        (first(url="https://a.example/" + "a" * 500), "VC-073"),
        (first(text="x" * (1024 * 1024 + 1)), "VC-073"),
        (first(text="another"), "VC-074"),
        (first(sha256="0" * 64), "VC-074"),
        (put(contexts=None), "VC-074"),
        (put(contexts=[{"url": "https://evil.example/", "sha256": "0" * 64}]), "VC-074"),
        (lambda data: data["contexts"][0].update(sha256="0" * 64), "VC-074"),
    ],
)
def test_a_hostile_bundle_is_refused_with_its_reason(mine: Maker, change: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        bundle.read(changed(mine.make(), change))
    assert code in {finding.code for finding in refused.value.findings}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"bundle": 1, "files": ' + b"[" * 100_000, "VC-004"),
        (b'{"bundle": 1, "bundle": 1}', "VC-002"),
        (b'{"bundle": 1}' + b" " * MAX_BUNDLE_BYTES, "VC-005"),
        (b'{"bundle": 1, "about": "\\ud800"}', "VC-006"),
        (b'{"bundle": NaN}', "VC-003"),
        (b'{"bundle": 1', "VC-001"),
    ],
)
def test_hostile_json_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        bundle.read(content)
    assert {finding.code for finding in refused.value.findings} == {code}


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["role", "url", "sha256", "text", "bundle", "files"]), inner, max_size=4
    ),
    max_leaves=12,
))  # fmt: skip
def test_whatever_stands_in_a_bundle_it_is_refused_and_nothing_else_happens(files: Any) -> None:
    content = json.dumps({"bundle": 1, "contexts": [], "files": files}).encode()
    with pytest.raises(Refused):
        bundle.read(content)


@pytest.mark.parametrize("role", [role for role in STEPS if role is not Role.CREDENTIAL])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"x: [", b"eyJ.e.e", b'{"id": 5}'])
def test_rubbish_in_a_member_never_raises(mine: Maker, role: Role, content: bytes) -> None:
    file = replace(mine.files()[role], content=content)
    assert not verified(mine.make(**{role.name: file})).ok


def _mutated(value: Any, draw: Any) -> Any:
    """Return a JSON value with one thing in it deleted or exchanged."""
    holder, key = value, None
    for _ in range(draw(st.integers(1, 8))):
        inner = holder if key is None else holder[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        holder = inner
        key = draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(
            st.sampled_from([None, True, 0, -1, "", "x", [], {}, [[]], {"id": 5}, "did:web:a"])
        )
    return value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_member_with_anything_changed_in_it_never_raises_and_never_verifies(
    two: tuple[dict[Role, File], dict[Role, File], File], data: Any
) -> None:
    mine, _, employer = two
    role = data.draw(st.sampled_from([role for role in STEPS if role not in _NOT_JSON]))
    before = json.loads(mine[role].content)
    after = _mutated(json.loads(mine[role].content), data.draw)
    changed_file = replace(mine[role], content=to_bytes(after))
    files = [*(mine | {role: changed_file}).values(), employer]
    found = verify_bundle(Bundle(tuple(files)), NOW, ())
    assert found.ok == (before == after)


_NOT_JSON = (Role.JWT, Role.HISTORY)


def test_a_rubbish_credential_is_unreadable(mine: Maker) -> None:
    for content in (b"", b"{}", b'{"issuer": "did:web:a.example"}'):
        found = verify_bundle(
            Bundle((File(Role.CREDENTIAL, "https://a.example/", content),)), NOW, ()
        )
        assert found.signature.value in {"unreadable", "unknown"}
        assert not found.ok


def test_a_bundle_without_more_than_the_needed_files_verifies(mine: Maker) -> None:
    files = mine.files()
    needed = (Role.CREDENTIAL, Role.DID, Role.JWKS, Role.STATUS)
    found = verified(bundle.make([files[role] for role in needed]))
    assert tuple(step.id for step in found.steps[12:]) == ("bundle",)
    assert found.ok


def test_each_file_is_there_to_be_taken_out_by_hand(mine: Maker) -> None:
    data = json.loads(mine.make())
    for item in data["files"]:
        assert hashlib.sha256(item["text"].encode()).hexdigest() == item["sha256"]
    assert "RFC 8785" in data["about"]
