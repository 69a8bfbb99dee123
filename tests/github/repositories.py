"""Bare repositories below one folder, `<owner>/<name>.git`: the organisation's and its forks.

Commits are made without a work tree, in one `git fast-import`, so that any tree can be made:
symlinks, submodules, names that no file system would take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobtwin.repository.git import Git, create

HOOK = Path(__file__).parent / "pre_receive.sh"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tree entry that is no plain file: an executable, a symlink, a submodule."""

    mode: str
    content: bytes
    """For a submodule (160000) the commit id that it names."""


Files = Mapping[str, bytes | Entry | None]
"""Path → content; None takes the path away."""


@dataclass(frozen=True, slots=True)
class Repositories:
    """The repositories of a local GitHub."""

    root: Path

    def git(self, name: str) -> Git:
        """Return the repository `owner/name`."""
        return Git(self.root / f"{name}.git")

    def exists(self, name: str) -> bool:
        """Say whether there is a repository `owner/name`."""
        return self.git(name).path.is_dir()

    def create(self, name: str) -> Git:
        """Make an empty repository that takes pushes as GitHub does."""
        git = create(self.git(name).path, bare=True)
        self._configure(git)
        return git

    def fork(self, name: str, owner: str) -> str:
        """Fork a repository with all its branches; return the fork's `owner/name`."""
        forked = f"{owner}/{name.partition('/')[2]}"
        if not self.exists(forked):
            git = create(self.git(forked).path, bare=True)
            # As on GitHub: the network of forks shares its objects.
            alternates = git.path / "objects" / "info" / "alternates"
            # Relative, so that the whole folder can be copied.
            alternates.write_text(f"../../../{name}.git/objects\n", "utf-8")
            git.run("fetch", "-q", str(self.git(name).path), "+refs/heads/*:refs/heads/*")
            self._configure(git)
        return forked

    def commit(
        self, name: str, branch: str, files: Files, message: str, author: str, at: datetime
    ) -> str:
        """Add one commit to a branch, which is made from main where it is not there; return it."""
        git = self.git(name)
        start = next((b for b in (branch, "main") if self.head(name, b)), None)
        stream = _fast_import(f"refs/heads/{branch}", start, files, message, author, at)
        git.run("fast-import", "--quiet", "--force", stdin=stream)
        return git.text("rev-parse", f"refs/heads/{branch}")

    def head(self, name: str, branch: str) -> str | None:
        """Return the commit of a branch; None where there is no such branch."""
        return self.resolve(name, f"refs/heads/{branch}")

    def resolve(self, name: str, revision: str) -> str | None:
        """Return the commit that a revision means; None where it means none."""
        asked = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        found = self.git(name).attempt(*asked)
        return found.stdout.decode().strip() if found.returncode == 0 else None

    def take_over(self, source: str, revision: str, target: str, ref: str) -> str:
        """Bring a commit of one repository to a ref of another, by its objects; return it."""
        git = self.git(target)
        fetch = ("fetch", "-q", "--no-tags", str(self.git(source).path), f"+{revision}:{ref}")
        git.run(*fetch)
        return git.text("rev-parse", ref)

    def changed(self, name: str, before: str, after: str, *, dots: int) -> list[str]:
        """Return the paths that differ; with three dots against the merge base, as GitHub does."""
        between = f"{before}{'.' * dots}{after}"
        return list(self.git(name).lines("diff", "-z", "--name-only", "--no-renames", between))

    def merge(self, name: str, base: str, head: str, number: int) -> str | None:
        """Make refs/pull/N/merge; return its commit, or None where the two conflict."""
        git = self.git(name)
        merged = git.attempt("merge-tree", "--write-tree", base, head)
        if merged.returncode != 0:
            git.attempt("update-ref", "-d", f"refs/pull/{number}/merge")
            return None
        tree = merged.stdout.decode().split("\n")[0].strip()
        who = {f"GIT_{role}_{what}": "github" for role in ("AUTHOR", "COMMITTER") for what in _WHO}
        commit = git.text(
            "commit-tree", tree, "-p", base, "-p", head, "-m", f"Merge {head} into {base}", env=who
        )
        git.run("update-ref", f"refs/pull/{number}/merge", commit)
        return commit

    def read(self, name: str, revision: str, path: str) -> bytes | None:
        """Return a file of a commit; None where it has none."""
        found = self.git(name).attempt("cat-file", "blob", f"{revision}:{path}")
        return found.stdout if found.returncode == 0 else None

    def listing(self, name: str, revision: str, folder: str = "") -> list[str]:
        """Return the paths of all files of a commit, or of a folder in it."""
        asked = ("ls-tree", "-r", "-z", "--name-only", revision, *([folder] if folder else []))
        return list(self.git(name).lines(*asked))

    def _configure(self, git: Git) -> None:
        with (git.path / "config").open("a", encoding="utf-8") as config:
            config.write("[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n\tshallowUpdate = true\n")
        hook = git.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.unlink(missing_ok=True)
        hook.symlink_to(HOOK)


_WHO = ("NAME", "EMAIL")


def _fast_import(
    ref: str, start: str | None, files: Files, message: str, author: str, at: datetime
) -> bytes:
    who = f"{author} <{author}@people.invalid> {int(at.timestamp())} +0000".encode()
    words = message.encode()
    lines = [b"commit " + ref.encode(), b"author " + who, b"committer " + who, _data(words)]
    if start:
        lines.append(f"from refs/heads/{start}^0".encode())
    for path, content in files.items():
        lines.append(_change(path, content))
    return b"\n".join(lines) + b"\n"


def _change(path: str, content: bytes | Entry | None) -> bytes:
    quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    name = quoted.encode("utf-8", "surrogateescape")
    if content is None:
        return b"D " + name
    entry = content if isinstance(content, Entry) else Entry("100644", content)
    if entry.mode == "160000":
        return b"M 160000 " + entry.content + b" " + name
    return b"M " + entry.mode.encode() + b" inline " + name + b"\n" + _data(entry.content)


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content
