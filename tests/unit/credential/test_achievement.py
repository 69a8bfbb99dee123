"""A credential cites everything that was graded and names the key of everybody who graded it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench import credentials as sample

from jobtwin.credential.achievement import Facts, unsigned_credential
from jobtwin.credential.canonical import canonicalise
from jobtwin.credential.text import check_signable
from jobtwin.records.base import load
from jobtwin.records.gate import Gate
from jobtwin.records.twin import Twin

TWIN = Path(__file__).parents[3] / "twins/jt-incident-4/twin.yml"


@pytest.fixture(scope="module")
def facts() -> Facts:
    twin, desk = load(Twin, TWIN.read_bytes(), str(TWIN)).record, sample.desk(0)
    return sample.facts(desk.issuer, twin, desk.signer, 1)


def work(document: dict[str, Any]) -> list[str]:
    return [item["id"] for item in document["evidence"] if item["genre"] == "Source code"]


def test_the_work_of_every_checkpoint_is_cited_by_address_and_digest(facts: Facts) -> None:
    later = facts.snapshot.model_copy(update={"digest": "sha256:" + "9" * 64, "commit": "9" * 40})
    document = unsigned_credential(replace(facts, later=(later,)))
    urls = work(document)
    assert [url.rpartition("/")[2] for url in urls] == ["snapshot.tar", "snapshot-2.tar"]
    assert [item["id"] for item in document["relatedResource"]] == urls
    assert document["relatedResource"][1]["digestSRI"].startswith("sha256-mZmZ")
    assert "9" * 40 in document["evidence"][1]["narrative"]
    asserted = document["credentialSubject"]["achievement"]["alignment"][0]["targetDescription"]
    assert all(url in asserted for url in urls)
    canonicalise(document)


def test_the_report_is_cited_by_address_and_digest_where_there_is_one(facts: Facts) -> None:
    before = unsigned_credential(facts)
    assert "Report" not in [item["genre"] for item in before["evidence"]]
    evaluated = facts.evaluated.model_copy(update={"report": "sha256:" + "9" * 64})
    document = unsigned_credential(replace(facts, evaluated=evaluated))
    (cited,) = [item for item in document["evidence"] if item["genre"] == "Report"]
    assert cited["id"].endswith(f"/{facts.decision.attempt}/evaluation.json")
    assert cited["name"] == facts.twin.report.title
    related = document["relatedResource"][-1]
    assert (related["id"], related["mediaType"]) == (cited["id"], "application/json")
    assert related["digestSRI"].startswith("sha256-mZmZ")
    asserted = document["credentialSubject"]["achievement"]["alignment"][0]["targetDescription"]
    assert cited["id"] not in asserted
    canonicalise(document)


def test_a_gate_that_was_not_run_stands_in_the_evidence_as_not_run(facts: Facts) -> None:
    assert "Gate" not in {item["genre"] for item in unsigned_credential(facts)["evidence"]}
    gates = (
        Gate(id="container_builds", outcome="not_run", detail="No engine."),
        Gate(id="artifact_digest", outcome="passed", detail="It is there."),
    )
    gated = replace(facts, evaluated=facts.evaluated.model_copy(update={"gates": gates}))
    (told,) = (e for e in unsigned_credential(gated)["evidence"] if e["genre"] == "Gate")
    assert "The container builds: NOT RUN. No engine." in told["narrative"]
    assert "what was handed in: passed. It is there." in told["narrative"]


def test_the_key_of_every_mentor_stands_in_it(facts: Facts) -> None:
    second = replace(facts.judges[0], mentor="ben", fingerprint="SHA256:" + "b" * 43)
    document = unsigned_credential(replace(facts, judges=(*facts.judges, second)))
    said = document["credentialSubject"]["source"]["description"]
    assert facts.judges[0].fingerprint in said
    assert f"Mentor ben signed one with SHA256:{'b' * 43}." in said
    canonicalise(document)


def test_whatever_a_credential_says_may_be_signed(facts: Facts) -> None:
    assert not list(check_signable(unsigned_credential(facts)))


def test_nothing_in_a_credential_lets_it_expire(facts: Facts) -> None:
    assert "validUntil" not in unsigned_credential(facts)
