"""How long `jobtwin build` takes for a whole site, and for one credential more.

Beside it, what the generator alone takes for a thousand such pages, which stand in no menu. What
stands in the folder after one more is compared with a whole build of the same commit, byte by byte.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bench import credential_pages, processes
from bench.history import ONE_MORE, write_history
from bench.measure import Result
from jobtwin.acts.build import memory
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measure import Say
    from bench.processes import Took
    from jobtwin.repository.git import Git

GENERATOR = "mkdocs-material"
PLAIN_PAGES = 1000
_ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.DOTALL)
_KIB = 1024
_AT_ONCE = 60
"""Seconds between two batches of which the second is but one: nobody is waited for meanwhile."""


def measure(names: set[str], attempts: int, runs: int, say: Say) -> list[Result]:
    """Return the figures of sites of a history with so many attempts."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        say(f"site: a history of {attempts:,} attempts is being written")
        git = write_history(folder / "history.git", attempts)
        before, one_more = _one_more(git)
        site = folder / "site"
        # Both of one commit: the whole one is what the other is compared with.
        whole = [_build(git, one_more, site, say, "--anew") for _ in range(runs)]
        expected = _digests(site)
        pages = sorted(site.glob("credentials/*/*/index.html"))
        plain = [_plain(pages, folder, say) for _ in range(runs)]
        results: list[Result] = []
        if "site.full" in names:
            made = len(pages) + len(list(site.glob("attempts/*/*/index.html")))
            results += processes.results("site.full", whole)
            results.append(_each("site.full.page", whole, made, plain))
            alone = [
                credential_pages.seconds(git, one_more, site, folder / f"alone-{run}")
                for run in range(runs)
            ]
            results.append(Result("site.full.credentials", "CPU s", alone))
            results += _sizes(pages)
        if "site.one_more" in names:
            _build(git, before, site, say, "--anew")
            kept = _aside(site, folder / "kept")
            again = [_again(git, one_more, kept, site, say) for _ in range(runs)]
            if _digests(site) != expected:
                raise EngineError("one more credential gives another site than a whole build")
            results += processes.results("site.one_more", again)
    return results


def _one_more(git: Git) -> tuple[str, str]:
    """Return the newest commit that brings one credential alone, at once after some others."""
    newest = iter(git.text("log", "--format=%H %ct %s", "main").splitlines())
    later = next(newest).split(" ", 2)
    for line in newest:
        earlier_one = line.split(" ", 2)
        if later[2] == ONE_MORE and int(later[1]) - int(earlier_one[1]) <= _AT_ONCE:
            return earlier_one[0], later[0]
        later = earlier_one
    raise EngineError("no commit of the history brings a single credential")


def _build(git: Git, commit: str, out: Path, say: Say, *more: str) -> Took:
    words = ["build", "--repo", str(git.path), "--commit", commit, "--out", str(out), *more]
    return processes.run([processes.JOBTWIN, *words], " ".join(["build", *more]), say)


def _again(git: Git, commit: str, kept: Path, out: Path, say: Say) -> Took:
    """Build where an earlier site stands; it is put there anew for each run."""
    shutil.rmtree(out)
    shutil.copytree(kept, out)  # with the times of its files
    shutil.copy2(memory.beside(kept), memory.beside(out))
    return _build(git, commit, out, say)


def _aside(site: Path, kept: Path) -> Path:
    site.rename(kept)
    memory.beside(site).rename(memory.beside(kept))
    site.mkdir()
    return kept


def _digests(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.is_file()
    }


def _plain(pages: Sequence[Path], folder: Path, say: Say) -> Took:
    """Let the generator render as many pages with the same content, and nothing else."""
    work = folder / "plain"
    shutil.rmtree(work, ignore_errors=True)
    docs = work / "docs"
    (docs / "credentials").mkdir(parents=True)
    (docs / "index.md").write_text("# Credentials\n", "utf-8")
    for number in range(PLAIN_PAGES):
        article = _ARTICLE.search(pages[number % len(pages)].read_text("utf-8"))
        # A blank line would end a block of HTML in Markdown.
        content = re.sub(r"\n\s*\n", "\n", article[1] if article else "")
        (docs / "credentials" / f"{number}.md").write_text(
            f"# Credential {number}\n\n<div>{content}</div>\n", "utf-8"
        )
    settings = {
        "site_name": "Plain",
        "theme": {"name": "material", "font": False},
        "nav": ["index.md"],
        "not_in_nav": "credentials/",
    }
    (work / "mkdocs.yml").write_text(yaml.safe_dump(settings), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(work / "mkdocs.yml")]
    return processes.run(command, f"{GENERATOR}, {PLAIN_PAGES:,} pages", say)


def _each(name: str, whole: Sequence[Took], pages: int, plain: Sequence[Took]) -> Result:
    """Return milliseconds of all processes for each page, beside the generator's."""
    return Result(
        name,
        "CPU ms",
        [one.cpu / pages * 1000 for one in whole],
        GENERATOR,
        [one.cpu / PLAIN_PAGES * 1000 for one in plain],
    )


def _sizes(pages: Sequence[Path]) -> Iterator[Result]:
    """Yield what a credential takes on the site, in KiB: its page with the signed file, and all."""
    both = [(page, page.with_name("credential.json")) for page in pages]
    kib = [sum(path.stat().st_size for path in two) / _KIB for two in both]
    yield Result("site.credential", "KiB", kib)
    every = [sum(path.stat().st_size for path in page.parent.iterdir()) / _KIB for page in pages]
    yield Result("site.credential.every_form", "KiB", every)
