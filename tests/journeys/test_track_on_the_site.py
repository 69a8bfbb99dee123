"""What a stranger sees of a track: its page, its files, its verdicts, and why it fell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.attacks.two_twins import FIRST, LEA, SECOND, TRACK, TwoTwins
from tests.conftest import PROJECT

from jobtwin.acts.build import build
from jobtwin.acts.verify import verify_published, verify_source
from jobtwin.credential.baking import unbake
from jobtwin.records import layout

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.credential.verdicts import Verification

pytestmark = pytest.mark.slow


def _documents() -> dict[str, bytes]:
    docs = sorted(path for path in (PROJECT / "docs").rglob("*") if path.is_file())
    files = [*docs, PROJECT / "mkdocs.yml"]
    return {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in files}


class Stage:
    """A learner who cleared the track, and the site as it was published last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.play = TwoTwins(root / "play", _documents()).calibrated()
        self.first = self.play.passes(LEA, FIRST)
        self.play.passes(LEA, SECOND)
        self.play.issues()
        self.track = self.play.track_credential(LEA)
        self.part = self.play.credential(self.first)
        self.sites = 0
        self.publish()

    def publish(self) -> None:
        self.sites += 1
        self.site = self.root / f"site-{self.sites}"
        self.play.ledger(lambda ledger: build(ledger, self.site))

    def page(self, name: str) -> str:
        return (self.site / layout.credential(name) / "index.html").read_text("utf-8")

    def verify(self, name: str, file: str = "credential.json", **how: Any) -> Verification:
        url = f"https://credentials.example/{layout.credential(name)}/{file}"
        return verify_source(url, now=self.play.forge.now, mirror=self.site, **how)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "play").mkdir()
    return Stage(tmp_path)


def _said(found: Verification) -> tuple[str, str, bool]:
    return found.signature.value, found.status.value, found.ok


def test_a_track_is_published_in_every_form_and_verifies_in_each(stage: Stage) -> None:
    folder = stage.site / layout.credential(stage.track)
    signed = (folder / "credential.json").read_bytes()
    for file in ("credential.json", "credential.jwt", "clr.json", "badge.png", "badge.svg"):
        assert _said(stage.verify(stage.track, file)) == ("valid", "holds", True), file
    assert unbake((folder / "badge.png").read_bytes()) == signed
    related = stage.verify(stage.track, related=True)
    assert related.steps[-1].detail == "4 cited files are as they were"
    assert (stage.site / "tracks" / TRACK / "badge.png").is_file()
    page = stage.page(stage.track)
    assert "It holds." in page
    assert f"{layout.credential(stage.part)}/" in page
    mentors = set(re.findall(r'/mentors/([a-z0-9-]+)/"', page))
    assert mentors
    assert all((stage.site / "mentors" / name / "index.html").is_file() for name in mentors)
    _, findings = stage.play.ledger(
        lambda ledger: verify_published(ledger, 9, now=stage.play.forge.now, mirror=stage.site)
    )
    assert findings == []


def test_the_learner_record_holds_track_and_parts_with_their_own_proofs(stage: Stage) -> None:
    folder = stage.site / layout.credential(stage.track)
    record = json.loads((folder / "clr.json").read_bytes())
    held = record["credentialSubject"]["verifiableCredential"]
    assert held[0] == json.loads((folder / "credential.json").read_bytes())
    path = stage.site / layout.credential(stage.part) / "credential.json"
    assert held[1] == json.loads(path.read_bytes())
    assert [item["associationType"] for item in record["credentialSubject"]["association"]] == [
        "isParentOf",
        "isParentOf",
    ]


def test_a_part_is_revoked_and_the_tracks_page_says_why_it_fell(stage: Stage) -> None:
    stage.play.revokes(stage.part, "The work was another's.")
    stage.publish()
    for file in ("credential.json", "credential.jwt", "clr.json"):
        assert _said(stage.verify(stage.track, file)) == ("valid", "revoked", False), file
    page = stage.page(stage.track)
    assert "It fell with a part" in page
    assert "The work was another&#39;s." in page


def test_a_better_retake_is_a_caution_on_what_went_before(stage: Stage) -> None:
    better = stage.play.credential(stage.play.passes(LEA, FIRST, score=0.9, nth=2))
    stage.play.issues()
    stage.publish()
    newer = stage.play.track_credential(LEA, 2)
    for old, new in ((stage.part, better), (stage.track, newer)):
        assert _said(stage.verify(old)) == ("valid", "superseded", True)
        assert f"{new}/credential.json" in stage.verify(old).status.words
        assert f"{layout.credential(new)}/" in stage.page(old)
        assert _said(stage.verify(new)) == ("valid", "holds", True)
    assert stage.verify(stage.track, related=True).ok
    assert "a better attempt" in stage.page(stage.track)
    _, findings = stage.play.ledger(
        lambda ledger: verify_published(ledger, 9, now=stage.play.forge.now, mirror=stage.site)
    )
    assert findings == []
