"""Who can write to the repository, and to the site, cannot make a key the issuer's."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobtwin import multikey
from jobtwin.acts.audit import organisation
from jobtwin.acts.audit.answers import Answers
from jobtwin.cli.verify import command
from jobtwin.credential import bundle, keys, proof, status
from jobtwin.credential.bundle import File, Role
from jobtwin.credential.contexts import CREDENTIAL_CONTEXTS
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.key_history import key_files
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.organisation import Issuer, IssuerKeyEntry, IssuerKeys
from jobtwin.records.root import Root
from jobtwin.repository import ssh
from jobtwin.rules.replay.files import FileChange
from jobtwin.rules.signature import ISSUER_KEYS, ROOT

if TYPE_CHECKING:
    from jobtwin.findings import Finding

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SITE = "https://credentials.example"
ISSUER = Issuer(
    format=1, name="Academy", url=SITE, did="did:web:credentials.example", description="Twins."
)
SIGNATURE = f"{layout.ISSUER_KEYS}.sig"


@dataclass
class Organisation:
    """An organisation with a root key, commit by commit, and what an audit finds in each."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    commits: int = 0

    def __post_init__(self) -> None:
        self.root = self.key("root")
        self.audit = organisation.Organisation(self, self, Answers())  # type: ignore[arg-type]
        self.checked: Counter[str] = Counter()

    # what the audit asks for

    def blob(self, name: str) -> bytes | None:
        return self.files.get(name.partition(":")[2] or name)

    def take(self, found: Any) -> None:
        self.findings += found

    def count(self, what: str) -> None:
        self.checked[what] += 1

    # what people do

    def key(self, name: str) -> str:
        return ssh.make_key(self.folder / name, name)

    def sign(self, by: str, namespace: str, path: str) -> bytes:
        return ssh.sign_bytes_with_ssh(self.folder / by, namespace, self.files[path])

    def history(self, *seeds: int) -> IssuerKeys:
        entries = tuple(
            IssuerKeyEntry(
                fragment=f"key-2026-{number}",
                public_key=multikey.encode(keys.SeedSigner("", bytes([seed]) * 32).public_key),
                since=AT,
            )
            for number, seed in enumerate(seeds, start=1)
        )
        return IssuerKeys(format=1, keys=entries)

    def keys_are(self, *seeds: int) -> None:
        history = self.history(*seeds)
        files = {layout.ISSUER_KEYS: write(history), **key_files(ISSUER.did, history)}
        self.files |= {layout.ISSUER: write(ISSUER), **files}

    def root_is(self, key: str) -> None:
        self.files[layout.ROOT] = write(Root(format=1, key=key, since=AT))

    def commit(self) -> list[str]:
        self.findings.clear()
        self.commits += 1
        changes = [FileChange(path, "000000", "100644", "", path) for path in sorted(self.files)]
        commit = type("Commit", (), {"id": "c", "changes": changes, "at": AT})()
        self.audit.follow(commit, self.commits > 1)
        return [finding.code for finding in self.findings]

    def vouch(self, by: str = "root") -> None:
        self.files[SIGNATURE] = self.sign(by, ISSUER_KEYS, layout.ISSUER_KEYS)


@pytest.fixture
def founded(tmp_path: Path) -> Organisation:
    """Its root key vouches for its one key."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    one = Organisation(tmp_path)
    one.keys_are(1)
    one.root_is(one.root)
    one.vouch()
    assert one.commit() == []
    return one


def test_a_key_that_the_root_vouches_for_is_added(founded: Organisation) -> None:
    founded.keys_are(1, 2)
    founded.vouch()
    assert founded.commit() == []


def test_a_key_that_a_thief_adds_is_named(founded: Organisation) -> None:
    founded.keys_are(1, 2)
    assert founded.commit() == ["AUD-016"]
    del founded.files[SIGNATURE]
    assert founded.commit() == ["AUD-016"]
    founded.key("thief")
    founded.vouch("thief")
    assert founded.commit() == ["AUD-016"]


def test_a_signature_for_something_else_does_not_vouch(founded: Organisation) -> None:
    founded.files[SIGNATURE] = founded.sign("root", ROOT, layout.ISSUER_KEYS)
    assert founded.commit() == ["AUD-016"]


def test_a_thief_cannot_take_the_root_away_or_be_the_root(founded: Organisation) -> None:
    thief = founded.key("thief")
    founded.root_is(thief)
    founded.vouch("thief")
    assert founded.commit() == ["AUD-017", "AUD-016"]
    del founded.files[layout.ROOT]
    assert founded.commit() == ["AUD-017", "AUD-016"]
    founded.root_is(thief)
    founded.files[f"{layout.ROOT}.sig"] = founded.sign("thief", ROOT, layout.ROOT)
    assert "AUD-017" in founded.commit()


def test_a_root_hands_over_to_another_by_its_signature(founded: Organisation) -> None:
    founded.root_is(founded.key("second"))
    founded.files[f"{layout.ROOT}.sig"] = founded.sign("root", ROOT, layout.ROOT)
    founded.vouch("second")
    assert founded.commit() == []
    founded.vouch("root")
    assert founded.commit() == ["AUD-016"]


def test_without_a_root_nothing_is_asked_for(tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    one = Organisation(tmp_path)
    one.keys_are(1)
    assert one.commit() == []
    one.keys_are(1, 2)
    assert one.commit() == []


def _bundle(one: Organisation, seed: int = 1) -> Path:
    url = f"{SITE}/credentials/ab/abcd/credential.json"
    achievement = {
        "id": f"{SITE}/twins/x/",
        "type": ["Achievement"],
        "name": "X",
        "description": "X.",
        "criteria": {"narrative": "X."},
    }
    document = {
        "@context": list(CREDENTIAL_CONTEXTS),
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "X",
        "issuer": {"id": ISSUER.did, "type": ["Profile"], "name": "Academy"},
        "validFrom": "2026-03-02T10:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:2f1f4a3e-6a52-4e4f-9a6c-0c5a6a3b9f10",
            "type": ["AchievementSubject"],
            "achievement": achievement,
        },
        "credentialStatus": status.status_entry(f"{SITE}/status/1.json", 5),
    }
    signer = keys.SeedSigner(f"{ISSUER.did}#key-2026-{seed}", bytes([seed]) * 32)
    listed = status.status_list_credential(f"{SITE}/status/1.json", ISSUER.did, (), AT)
    files = [
        File(Role.CREDENTIAL, url, to_bytes(proof.sign(document, signer, AT))),
        File(Role.DID, f"{SITE}/.well-known/did.json", one.files[layout.DID]),
        File(Role.JWKS, f"{SITE}/keys/jwks.json", one.files[layout.JWKS]),
        File(Role.HISTORY, f"{SITE}/{layout.ISSUER_KEYS}", one.files[layout.ISSUER_KEYS]),
        File(Role.HISTORY_SIGNATURE, f"{SITE}/{SIGNATURE}", one.files[SIGNATURE]),
        File(Role.STATUS, f"{SITE}/status/1.json", to_bytes(proof.sign(listed, signer, AT))),
    ]
    path = one.folder / "bundle.json"
    path.write_bytes(bundle.make(files))
    return path


def _issuer(one: Organisation, path: Path) -> tuple[str, str]:
    arguments = [str(path), "--now", "2026-03-10", "--json"]
    arguments += ["--trust-root", str(one.folder / "root.pub")]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.exception
    told = json.loads(result.stdout)
    return told["signature"]["value"], told["issuer"]["value"]


def test_a_bundles_issuer_is_known_by_the_root_key_alone(founded: Organisation) -> None:
    assert _issuer(founded, _bundle(founded)) == ("valid", "known")


def test_a_bundle_with_a_key_that_the_root_does_not_vouch_for_is_claimed(
    founded: Organisation,
) -> None:
    vouched = founded.files[layout.ISSUER_KEYS]
    founded.keys_are(1, 2)
    assert _issuer(founded, _bundle(founded, 2)) == ("valid", "claimed")
    founded.files[layout.ISSUER_KEYS] = vouched
    assert _issuer(founded, _bundle(founded, 2)) == ("valid", "claimed")
