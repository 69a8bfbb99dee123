"""A build where an earlier site stands: only what has changed is made, and the bytes are the same.

The generator is played, since it is not asked again anyway as long as nothing written changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bench.history import write_history
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.acts.build import Built, build, memory
from jobtwin.errors import EngineError
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.site import changing, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.slow
ATTEMPTS = 40
PAGE = "<html><head></head><body><div><article>{}</article></div></body></html>"


def _played(work: Path, sources: Mapping[str, bytes], _: Mapping[str, Any]) -> Path:
    """Write what the generator would: a page for each source, and whatever else there is."""
    site = work / "site"
    for source, content in sources.items():
        path, text = source, content
        if source.endswith(".md"):
            path = f"{changing.address(source)}/index.html".lstrip("/")
            text = PAGE.format(content.decode("utf-8")).encode("utf-8")
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(text)
    (site / "404.html").write_text(PAGE.format(""), "utf-8")
    (site / "sitemap.xml").write_text("<urlset></urlset>", "utf-8")
    return site


@pytest.fixture(scope="module", autouse=True)
def generator() -> Iterator[None]:
    """Play the generator in all builds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "render", _played)
        yield


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Git:
    """A history of some attempts."""
    return write_history(tmp_path_factory.mktemp("history") / "records.git", ATTEMPTS)


@pytest.fixture(scope="module")
def commits(git: Git) -> list[str]:
    """Every commit since the first attempt, in its order."""
    listed = git.text("rev-list", "--reverse", "main", "--", "submissions", "grades", "credentials")
    return listed.split()


def _build(git: Git, commit: str, out: Path, **how: Any) -> Built:
    with Tree(git, commit) as tree:
        return build(Ledger(tree), out, **how)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@settings(max_examples=6)
@given(data=st.data())
def test_whatever_was_built_before_the_site_is_that_of_its_commit(
    git: Git, commits: list[str], data: st.DataObject
) -> None:
    steps = data.draw(
        st.lists(st.sampled_from(range(len(commits))), min_size=2, max_size=4, unique=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        out, anew = Path(folder) / "site", Path(folder) / "anew"
        for step in steps:  # also back in time: such a site is built as a whole
            built = _build(git, commits[step], out)
        whole = _build(git, commits[steps[-1]], anew)
        assert _contents(out) == _contents(anew)
        assert (built.signed, built.credentials) == (whole.signed, whole.credentials)
        assert built.pages == whole.pages


def test_any_number_of_workers_makes_the_same_site(git: Git, tmp_path: Path) -> None:
    alone = _build(git, "main", tmp_path / "alone")
    two = _build(git, "main", tmp_path / "two", workers=2)
    assert alone.made == two.made >= ATTEMPTS
    assert _contents(alone.out) == _contents(two.out)


def test_the_same_commit_again_makes_nothing(git: Git, tmp_path: Path) -> None:
    first = _build(git, "main", tmp_path / "site")
    page = next(first.out.glob("credentials/*/*/index.html"))
    before = page.stat().st_ino
    assert _build(git, "main", tmp_path / "site").made == 0
    assert page.stat().st_ino == before


def test_what_was_changed_or_lost_in_the_folder_is_made_again(git: Git, tmp_path: Path) -> None:
    out = _build(git, "main", tmp_path / "site").out
    expected = _contents(out)
    signed, page, *_ = sorted(out.glob("credentials/*/*/credential.json"))
    signed.write_bytes(signed.read_bytes().replace(b"0", b"1"))
    page.with_name("index.html").unlink()
    (out / "queue" / "index.html").write_text("nobody waits", "utf-8")
    assert _build(git, "main", out).made == 2
    assert _contents(out) == expected


def _by_another_engine(kept: bytes) -> bytes:
    content = kept[:-64]
    return content + hashlib.sha256(b"another" + content).hexdigest().encode()


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: b"",
        lambda kept: kept.rpartition(b"\n")[0].rpartition(b"\n")[0] + kept[-65:],
        lambda kept: kept.replace(b"index.html", b"index.htm"),
        _by_another_engine,
    ],
    ids=["empty", "without its last unit", "edited", "by another engine"],
)
def test_a_memory_that_is_not_ours_or_not_whole_is_not_believed(
    git: Git, tmp_path: Path, broken: Callable[[bytes], bytes]
) -> None:
    out = _build(git, "main", tmp_path / "site").out
    kept = memory.beside(out)
    kept.write_bytes(broken(kept.read_bytes()))
    assert _build(git, "main", out).made >= ATTEMPTS


def test_wanted_anew_everything_is_made(git: Git, tmp_path: Path) -> None:
    out = _build(git, "main", tmp_path / "site").out
    assert _build(git, "main", out, anew=True).made >= ATTEMPTS


def test_a_build_that_fails_leaves_the_site_as_it_was(
    git: Git, commits: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _build(git, commits[-20], tmp_path / "site").out
    before = _contents(out)
    monkeypatch.setattr("jobtwin.acts.build.making.write", _fails)
    with pytest.raises(EngineError, match="the disk"):
        _build(git, "main", out)
    assert _contents(out) == before
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "render", _played)
        _build(git, "main", out)
        anew = _build(git, "main", tmp_path / "anew").out
    assert _contents(out) == _contents(anew)


def _fails(*_: object, **__: object) -> None:
    raise EngineError("the disk is full")


def test_the_memory_says_of_each_unit_what_it_left(git: Git, tmp_path: Path) -> None:
    built = _build(git, "main", tmp_path / "site")
    head, *units, _ = memory.beside(built.out).read_text("utf-8").splitlines()
    assert json.loads(head)["commit"] == git.text("rev-parse", "main")
    folders = [item for line in units for item in json.loads(line.split("\t")[2]).items()]
    listed = [f"{folder}/{name}" for folder, names in folders for name in names]
    assert sum(path.endswith("credential.json") for path in listed) == len(built.credentials)
    assert all((built.out / path).is_file() for path in listed)
    assert os.path.commonpath(listed) == ""


def test_figures_are_put_in_where_their_marks_stand() -> None:
    kept, parts = changing.divided("# Title\n\n**5** wait.\n\n```\n# no heading\n```\n\n## More\n")
    assert [line for line in kept.splitlines() if line] == [
        "# Title",
        changing.block(0),
        "## More",
    ]
    assert parts == ["**5** wait.\n\n```\n# no heading\n```"]
    assert changing.filled(kept.encode(), ["<p>5</p>"]).count(b"<p>5</p>") == 1


def test_what_a_page_says_of_itself_stays_before_its_headings() -> None:
    kept, parts = changing.divided('---\ntitle: "# Mira"\n---\n# Mira\n\n**5** rounds.\n')
    assert kept.startswith('---\ntitle: "# Mira"\n---\n# Mira\n')
    assert parts == ["**5** rounds."]
