from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from jobtwin.acts.audit import audit
from jobtwin.acts.build import Built, build
from jobtwin.cli.build import command
from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.repository.git import Git, create
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@people.invalid",
    "GIT_AUTHOR_DATE": "1795000000 +0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@people.invalid",
    "GIT_COMMITTER_DATE": "1795000000 +0000",
}


def _project(folder: Path, root: Path) -> Git:
    """Return the project's own data and docs in a repository: no issuer, no credential."""
    git = create(folder / "project", bare=False)
    for name in ("twins", "tracks", "policy", "docs", "mkdocs.yml"):
        source = root / name
        for path in [source] if source.is_file() else source.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = git.path / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    return _commit(git)


@pytest.fixture
def project(tmp_path: Path, pytestconfig: pytest.Config) -> Git:
    """A repository that a test may change."""
    return _project(tmp_path, pytestconfig.rootpath)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Built:
    """The project's own site."""
    folder = tmp_path_factory.mktemp("built")
    with Tree(_project(folder, pytestconfig.rootpath)) as tree:
        return build(Ledger(tree), folder / "site")


def _commit(git: Git) -> Git:
    git.run("add", "-A")
    git.run("commit", "-q", "-m", "All", env=MOMENT)
    return git


def test_the_projects_own_clone_builds_without_a_warning(
    built: Built, pytestconfig: pytest.Config
) -> None:
    assert built.credentials == ()
    assert built.signed == {}
    assert built.as_of.timestamp() == 1795000000
    for page in (
        "",
        "what-is-a-job-twin/",
        "issuer/",
        "mentors/",
        "tracks/production-ai-engineer/",
    ):
        assert (built.out / page / "index.html").is_file()
    twins = {path.parent.name for path in pytestconfig.rootpath.glob("twins/*/twin.yml")}
    assert {path.parent.name for path in built.out.glob("twins/jt-*/index.html")} == twins
    assert (built.out / ".nojekyll").is_file()


def test_the_site_names_the_commit_that_it_was_built_from(built: Built, project: Git) -> None:
    assert (built.out / "commit.txt").read_text("ascii") == project.text("rev-parse", "main") + "\n"


def test_no_page_asks_anybody_else_for_anything(built: Built) -> None:
    pages = [path.read_text("utf-8") for path in built.out.rglob("*.html")]
    assert len(pages) == built.pages > 20
    for text in pages:
        assert 'src="http' not in text
        assert 'rel="stylesheet" href="http' not in text
        assert "fonts.g" not in text


def test_the_page_for_a_missing_address_helps(built: Built) -> None:
    text = (built.out / "404.html").read_text("utf-8")
    assert "There is nothing at this address" in text
    assert 'href="/twins/"' in text


def test_the_page_on_transparency_shows_the_report_and_serves_it_as_it_is(
    project: Git, tmp_path: Path
) -> None:
    report = f"{audit(project).json()}\n".encode()
    with Tree(project) as tree:
        build(Ledger(tree), tmp_path / "site", audited=report)
    page = (tmp_path / "site" / "transparency" / "index.html").read_text("utf-8")
    assert "The history holds." in page
    assert digest(report) in page
    assert (tmp_path / "site" / "transparency" / "audit.json").read_bytes() == report


def test_a_report_on_another_history_builds_no_site(project: Git, tmp_path: Path) -> None:
    report = audit(project).json().replace(project.text("rev-parse", "HEAD"), "c" * 40)
    with Tree(project) as tree, pytest.raises(Refused, match="AUD-077"):
        build(Ledger(tree), tmp_path / "site", audited=report.encode())
    assert not (tmp_path / "site").exists()


def test_a_folder_with_something_else_is_never_replaced(project: Git, tmp_path: Path) -> None:
    out = tmp_path / "photos"
    out.mkdir()
    (out / "cat.jpg").write_bytes(b"cat")
    with Tree(project) as tree, pytest.raises(UsageError, match="not a site of ours"):
        build(Ledger(tree), out)
    assert (out / "cat.jpg").read_bytes() == b"cat"


def test_a_broken_link_in_the_docs_stops_the_build_and_leaves_no_site(
    project: Git, tmp_path: Path
) -> None:
    (project.path / "docs/index.md").write_text("# A\n\n[x](nowhere.md)\n", "utf-8")
    with Tree(_commit(project)) as tree, pytest.raises(EngineError, match=r"nowhere\.md"):
        build(Ledger(tree), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_repository_without_docs_is_told_what_is_missing(tmp_path: Path) -> None:
    git = create(tmp_path / "empty", bare=False)
    (git.path / "README.md").write_text("# A\n", "utf-8")
    with Tree(_commit(git)) as tree, pytest.raises(EngineError, match="docs/index"):
        build(Ledger(tree), tmp_path / "site")


def test_the_command_prints_where_the_site_is(project: Git, tmp_path: Path) -> None:
    arguments = ["--repo", str(project.path), "--out", str(tmp_path / "site"), "--json"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["format"] == 1
    assert "rendering the pages" in done.stderr
