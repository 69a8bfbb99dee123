"""new: a twin that runs as it stands, whatever its author calls it, and nothing written over."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import png  # type: ignore[import-untyped]
import pytest
from hatchling.builders.wheel import WheelBuilder

from jobtwin.acts import check, kit
from jobtwin.acts.new import badge, track
from jobtwin.acts.new.twin import Wanted, files, write
from jobtwin.cli import _run
from jobtwin.credential import baking
from jobtwin.errors import Refused, UsageError
from jobtwin.harness import twin_code
from jobtwin.records.base import load
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.gold_quality import check_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]
ID = "jt-parcels-9"
WANTED = Wanted(ID, "Late: “parcels” & others", "Holt, Daughters & Co.", "Parcels")
TWIN_FILES = {
    "twin.yml", "brief.md", "facts.yml", "environment.lock", "badge.svg", "badge.png",
    "mentor-guide.md", "README.md", "harness/__init__.py", "harness/scorer.py",
    "proofs/__init__.py", "proofs/proofs.yml", "proofs/wrong.yml", "gold/plan.yml",
    "scaffold/README.md", "scaffold/gitignore",
}  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "twins").mkdir()
    return tmp_path


@pytest.fixture(params=["command", "service"])
def written(repo: Path, request: pytest.FixtureRequest) -> Path:
    write(repo, replace(WANTED, kind=request.param))
    return repo


def test_a_new_twin_is_sound_before_anything_is_changed(written: Path) -> None:
    checked = check.check(written)
    assert (checked.findings, checked.notes) == ((), ())
    there = (path for path in (written / "twins" / ID).rglob("*") if path.is_file())
    assert {path.relative_to(written / "twins" / ID).as_posix() for path in there} >= TWIN_FILES


@pytest.mark.slow
def test_it_proves_itself(
    written: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = _run(["check", "--deep", ID, "--repo", str(written)])
    assert code == 0, capsys.readouterr()


def test_its_code_is_as_clean_as_the_projects_own(written: Path) -> None:
    shutil.copy(PROJECT / "pyproject.toml", written)
    (written / "src").symlink_to(PROJECT / "src")  # what is ours is imported apart from others
    for words in (["check", "-q"], ["format", "-q", "--check"]):
        command = [str(Path(sys.executable).with_name("ruff")), *words, "--no-cache", "twins"]
        done = subprocess.run(command, cwd=written, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_its_kit_has_the_facts_of_its_seed_and_no_blank_left(written: Path) -> None:
    made = [kit.kit(written, ID, bytes([number]) * 32) for number in (1, 2)]
    assert made[0].keys() == made[1].keys() >= {"BRIEF.md", ".gitignore", "practice/1/answer.json"}
    assert made[0] != made[1]
    texts = [content.decode() for files in made for content in files.values()]
    assert not [text for text in texts if "{{" in text or "[[" in text]
    assert f"# {WANTED.title}\n" in made[0]["BRIEF.md"].decode()


def test_what_it_hands_out_has_nothing_of_the_proofs(written: Path) -> None:
    handed = b"".join(kit.kit(written, ID, b"k" * 32).values())
    assert b"strptime" not in handed


def test_its_gold_set_measures_mentors(written: Path) -> None:
    twin = read_twin(written, ID)
    (newest,) = sorted((PROJECT / "policy").glob("calibration-*.yml"))[-1:]
    policy = load(CalibrationPolicy, newest.read_bytes()).record
    items = twin_code.load(written / "twins" / ID).gold(b"g" * 32, 24)
    assert list(check_quality(items, twin, policy)) == []


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"minutes": 90}, ("90 minutes", 90)),
        ({"hours": 6}, ("6 hours of focused work", None)),
        ({"minutes": 1, "reviewers": 2, "submission": ("file_upload", "repo_url")}, None),
    ],
)
def test_what_the_author_says_stands_in_the_twin(
    repo: Path, given: dict[str, object], found: tuple[str, int | None] | None
) -> None:
    write(repo, Wanted(ID, "T", "C", "L", **given))  # type: ignore[arg-type]
    twin = read_twin(repo, ID)
    if found:
        assert (twin.time_box, twin.checkpoints[0].minutes) == found
    else:
        assert (twin.reviewers, twin.submission_modes) == (2, ("file_upload", "repo_url"))


@pytest.mark.parametrize(
    "title", ['"quoted": # and: odd', "- a list?", "@home, 'yes' & <b>no</b>", "Żółw — 亀"]
)
def test_any_line_of_words_may_be_a_title(repo: Path, title: str) -> None:
    write(repo, Wanted(ID, title, title, "L"))
    assert check.check(repo).findings == ()
    assert (read_twin(repo, ID).title, read_twin(repo, ID).company) == (title, title)
    assert title in kit.kit(repo, ID, b"k" * 32)["BRIEF.md"].decode()


@pytest.mark.parametrize("title", ["", "two\nlines", "x" * 201, "unse\u200ben"])
def test_words_that_no_twin_may_have_are_refused_and_nothing_is_written(
    repo: Path, title: str
) -> None:
    with pytest.raises(Refused):
        write(repo, Wanted(ID, title, "C", "L"))
    assert list((repo / "twins").iterdir()) == []


@pytest.mark.parametrize("twin_id", ["orders-6", "jt-Orders", "jt-../x", "jt-", "../jt-x"])
def test_an_id_that_is_none_is_told_so(repo: Path, twin_id: str) -> None:
    with pytest.raises(UsageError, match="is no id"):
        write(repo, Wanted(twin_id, "T", "C", "L"))


def test_a_title_with_a_brace_would_be_a_blank_and_is_told_so(repo: Path) -> None:
    with pytest.raises(UsageError, match="brace"):
        write(repo, Wanted(ID, "{{ lead }}", "C", "L"))


def test_nothing_is_ever_written_over(repo: Path) -> None:
    mine = repo / "twins" / ID
    mine.mkdir()
    with pytest.raises(UsageError, match="there already"):
        write(repo, WANTED)
    assert list(mine.iterdir()) == []
    mine.rmdir()
    mine.symlink_to(repo / "elsewhere")
    with pytest.raises(UsageError, match="there already"):
        write(repo, WANTED)
    assert not (repo / "elsewhere").exists()


def test_a_folder_that_is_no_organisation_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder twins/"):
        write(tmp_path, WANTED)


def test_a_badge_is_the_same_for_a_title_and_another_for_another() -> None:
    assert badge.picture("One") == badge.picture("One") != badge.picture("Two")
    assert badge.svg("One") != badge.svg("Two")


def test_a_badge_is_a_picture_that_a_credential_can_be_baked_into() -> None:
    width, height, _, about = png.Reader(bytes=badge.picture("One")).asRGBA()
    assert (width, height, about["alpha"]) == (512, 512, True)
    assert len(badge.picture("One")) < 20_000
    for picture in (badge.picture("One"), badge.svg("One")):
        assert b"openbadge" in baking.bake(baking.frame(picture), b'{"a": 1}')


def test_a_badge_says_its_title_to_those_who_do_not_see_it() -> None:
    title = next(iter(ET.fromstring(badge.svg("<One> & two"))))
    assert title.text == "<One> & two"


@pytest.mark.parametrize("title", ["One", "Two", "Żółw — 亀"])
def test_a_badge_shows_white_on_a_colour_that_it_stands_out_on(title: str) -> None:
    bright = badge._shapes(title)[2][0]
    channels = [part / 255 for part in bytes.fromhex(bright[1:])]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.2, 1.4.11: graphical objects


def _in_the_wheel() -> Iterator[str]:
    for file in WheelBuilder(str(PROJECT)).recurse_included_files():
        yield Path(file.distribution_path).as_posix()


def test_the_template_is_in_the_wheel() -> None:
    folder = PROJECT / "src/jobtwin/acts/new/template"
    kept = {path for path in _in_the_wheel() if path.startswith("jobtwin/acts/new/template/")}
    there = (path for path in folder.rglob("*.j2"))
    assert {
        f"jobtwin/acts/new/template/{path.relative_to(folder).as_posix()}" for path in there
    } == kept
    assert len(kept) == len(files(WANTED)) - 2


def test_the_command_writes_it_and_says_what_is_next(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "twin", ID, "--title", "T", "--company", "C", "--repo", str(repo)]
    assert _run(words) == 0
    said = capsys.readouterr()
    assert said.out == f"wrote {len(files(WANTED))} files to twins/{ID}/\n"
    assert f"jobtwin check --deep {ID}" in said.err
    assert _run(words) == 2
    assert "there already" in capsys.readouterr().err


def test_the_command_tells_machines_which_files_there_are(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "twin", ID, "--title", "T", "--company", "C", "--repo", str(repo), "--json"]
    assert _run(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["ok"]) == (1, True)
    assert all((repo / path).is_file() for path in told["files"])


def test_without_a_terminal_what_is_not_given_is_told(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert _run(["new", "twin", ID, "--title", "T", "--repo", str(repo)]) == 2
    assert "--company is not given" in capsys.readouterr().err


TRACK = track.Wanted("deliveries", "Deliveries — all of them", 4, ((ID, 2),))


def test_a_new_track_names_its_twins_and_has_a_badge(written: Path) -> None:
    path = written / "twins" / ID / "twin.yml"
    path.write_text(path.read_text("utf-8").replace("\nlabel:", "\nweek: 2\nlabel:"), "utf-8")
    made = track.write(written, TRACK)
    assert made == (
        "tracks/deliveries.yml",
        "tracks/deliveries/badge.svg",
        "tracks/deliveries/badge.png",
    )
    assert check.check(written).findings == ()
    assert "$schema=../docs/reference/schemas/track.json" in (written / made[0]).read_text("utf-8")


def test_a_week_that_the_twin_does_not_say_is_for_check_to_tell(written: Path) -> None:
    track.write(written, TRACK)
    assert [finding.code for finding in check.check(written).findings] == ["TWN-010"]


def test_a_track_is_written_over_as_little_as_a_twin(written: Path) -> None:
    track.write(written, TRACK)
    with pytest.raises(UsageError, match=r"tracks/deliveries.yml is there already"):
        track.write(written, TRACK)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (track.Wanted("../x", "T", 4, ((ID, 2),)), "is no id"),
        (track.Wanted("x", "T", 4, (("jt-nothing", 2),)), "there is no twin"),
    ],
)
def test_a_track_of_what_is_not_there_is_told_so(
    written: Path, wanted: track.Wanted, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        track.write(written, wanted)
    assert not (written / "tracks").exists()


def test_a_track_may_have_no_words_that_a_credential_cannot_have(written: Path) -> None:
    with pytest.raises(Refused):
        track.write(written, track.Wanted("x", "unse\u200ben", 4, ((ID, 2),)))
    assert not (written / "tracks").exists()


def test_the_command_writes_a_track(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["new", "track", "x", "--title", "T", "--weeks", "4", "--twin", ID, "2"]
    assert _run([*words, "--repo", str(written)]) == 0
    assert capsys.readouterr().out == "wrote 3 files to tracks/\n"
    assert _run([*words, "--repo", str(written), "--json"]) == 2


def test_in_a_terminal_what_is_not_given_is_asked_for(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"Title": "Late parcels", "Company": "Holt"}
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda question, **_: answers.pop(question))
    assert _run(["new", "twin", ID, "--repo", str(repo)]) == 0, capsys.readouterr()
    assert (read_twin(repo, ID).title, read_twin(repo, ID).company) == ("Late parcels", "Holt")
    assert answers == {}
