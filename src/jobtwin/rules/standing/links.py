"""Where a learner goes next: links into the learner's own fork, files to begin with, commands.

Whatever a learner can choose (fork, branch) is percent-encoded before it stands in a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from jobtwin.records import layout

if TYPE_CHECKING:
    from jobtwin.records.submission import Started
    from jobtwin.records.twin import Checkpoint, Twin

_TYPED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
"""What of a learner's choosing may stand in a line for a shell."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt goes on; what is not known is empty."""

    site: str
    """URL of the organisation's site, without a slash at the end."""
    repository: str = ""
    """URL of the organisation's repository."""
    engine: str = "main"
    """The commit or branch of the repository that the engine is installed from."""
    fork: str = ""
    """`owner/name` of the learner's repository that the branch lies in."""
    branch: str = ""

    @property
    def is_on_a_forge(self) -> bool:
        """Whether the learner can be led to the files of the pull request."""
        return bool(self.repository and self.fork and self.branch)

    def _in_fork(self, action: str, path: str) -> str:
        parts = urlsplit(self.repository)
        fork, branch = quote(self.fork), quote(self.branch)
        return f"{parts.scheme}://{parts.netloc}/{fork}/{action}/{branch}/{path}"

    def new_file(self, name: str, content: str) -> str:
        """Return the link that begins a file of the inbox."""
        folder = self._in_fork("new", layout.INBOX)
        return f"{folder}?filename={quote(name, safe='')}&value={quote(content, safe='')}"

    def edit_file(self, name: str) -> str:
        """Return the link that changes a file of the inbox."""
        return self._in_fork("edit", f"{layout.INBOX}/{name}")

    def upload(self, folder: str) -> str:
        """Return the link that drops files into a folder of the inbox."""
        return self._in_fork("upload", f"{layout.INBOX}/{folder}")

    def records(self, folder: str) -> str:
        """Return the link to a folder of records."""
        return f"{self.repository}/tree/main/{folder}"

    def raw(self, path: str) -> str:
        """Return the link that downloads a file of the records."""
        return f"{self.repository}/raw/main/{path}"

    def page(self, path: str) -> str:
        """Return the link to a page of the site."""
        return f"{self.site}/{path}/"


def checkpoint_file(twin: Twin, checkpoint: Checkpoint, mode: str = "") -> str:
    """Return a checkpoint file to begin with; what is left as it stands is refused, and said."""
    lines = [
        f"# Hands in: {checkpoint.title}. Answer every self-check with true or false.",
        "format: 1",
        f"checkpoint: {checkpoint.id}",
    ]
    if checkpoint.repository:
        if mode != twin.submission_modes[0]:
            lines.append(f"mode: {mode}")
        if mode == "repo_url":
            lines.append("repo_url: <https URL of your public repository>")
            lines.append("commit: <40 hex digits of the commit to grade>")
    lines.append("self_checks:")
    for check in twin.failure_modes:
        lines += [f"  # {check.question}", f"  {check.id}:"]
    lines += [
        "# true: hand in although a critical self-check is answered false; the mentor sees it",
        "force: false",
        "# true: nothing more comes, the attempt ends and is evaluated now",
        "final: false",
    ]
    return "\n".join(lines) + "\n"


def kit_commands(started: Started, place: Place) -> list[str]:
    """Return one line that works without a clone, where there is a repository; else one in it."""
    command = f"jobtwin kit {started.twin} --seed {started.kit_seed}"
    if started.sealed_to:
        command += f" --sealed-to {started.sealed_to}"
    if not place.repository:
        return [f"{command} --out work"]
    source = f"git+{place.repository}@{place.engine}"
    twin = f"--repo {place.repository} --twin-tree {started.twin_tree}"
    return [f"uvx --from {source} {command} {twin} --out work"]


def work_commands(started: Started, place: Place, checkpoint: str) -> list[str]:
    """Return the lines that install, measure and hand in, as kit_commands does without a clone."""
    if not place.repository:
        return ["jobtwin eval", f"jobtwin submit {checkpoint} --to CLONE --push origin"]
    here = f"--repo {place.repository} --twin-tree {started.twin_tree}"
    own = ""
    if _TYPED.fullmatch(place.fork) and _TYPED.fullmatch(place.branch):
        own = f" --fork {place.fork} --branch {place.branch}"
    return [
        f"uv tool install git+{place.repository}@{place.engine}",
        f"jobtwin eval {here}",
        f"jobtwin submit {checkpoint} {here}{own}",
    ]
