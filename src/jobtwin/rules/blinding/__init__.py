"""The cleaner: a work without what tells whose it is, and a list of everything that was changed.

Pure, and the same bytes on every machine. What cannot be cleaned with certainty is left out and
said to be. Whether anything still tells is not judged here: `leaks` looks at the outcome.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.rules.blinding import notebook
from jobtwin.rules.blinding.stand_ins import StandIns
from jobtwin.rules.leaks import LARGEST, Identifiers, plain_hits, read_text
from jobtwin.rules.leaks.hits import TooMany
from jobtwin.rules.leaks.terms import Terms, terms
from jobtwin.rules.pictures import is_picture, stripped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Change", "Cleaned", "Identifiers", "clean", "known", "manifest"]

MOST_KNOWN = 40
"""How many names and addresses of a history are sought; a fork may have thousands."""
_ROBOTS = re.compile(
    r".*\[bot\]|github(?: actions)?|gitlab|root|unknown|your name|.*noreply@(?:github|gitlab)\.com"
    r"|job twins?\b.*|learner|.*@(?:[\w.-]+\.)?(?:invalid|example|test|localhost)",
    re.IGNORECASE,
)
ROUNDS = 3
"""How often a file is gone through: what stands in for a name may bring two others together."""
NO_TEXT = "no text and no picture of a known form"
_FACES = re.compile(
    r"(?:avatar|profile|portrait|headshot|selfie|photo|passport|me)[\w-]{0,20}\.\w{3,4}"
)
_OF_A_MACHINE = re.compile(
    r"\.jobtwin\.yml|\.mailmap|\.gitconfig|\.ds_store|thumbs\.db|desktop\.ini|.*\.(?:swp|orig)"
)
_DOCUMENT = (b"%PDF-", b"PK\3\4", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Change:
    """A place where something else stands now; line and column are those of the file before."""

    line: int
    column: int
    kind: str
    now: str


@dataclass(slots=True)
class Cleaned:
    """What became of a work."""

    files: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    """By the path that the file has now."""
    rewritten: dict[str, str] = field(default_factory=dict)
    """Path → how a file was written anew as a whole."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Path → why it is not there."""
    renamed: list[str] = field(default_factory=list)
    """Paths, as they are now, that were others before."""


def known(
    logins: Iterable[str],
    names: Iterable[str],
    mails: Iterable[str],
    keys: Iterable[str],
) -> Identifiers:
    """Return what is sought of a learner, given what a history says; robots are nobody."""

    def people(found: Iterable[str]) -> tuple[str, ...]:
        somebody = {text.strip() for text in found if text and not _ROBOTS.fullmatch(text.strip())}
        return tuple(sorted(somebody)[:MOST_KNOWN])

    return Identifiers(
        logins=tuple(dict.fromkeys(filter(None, logins))),
        names=people(names),
        mails=people(mails),
        keys=people(keys),
    )


def clean(files: Mapping[str, bytes], learner: Identifiers) -> Cleaned:
    """Return files without what tells whose they are, as far as that can be told from the rest."""
    cleaner = _Cleaner(terms(learner), StandIns(learner))
    for path in sorted(files):
        cleaner.add(path, files[path])
    return cleaner.cleaned


def manifest(cleaned: Cleaned) -> bytes:
    """Return the list of what was changed, for the reader of the work; no old word is in it."""
    data = {
        "format": 1,
        "changed": {
            path: [[item.line, item.column, item.kind, item.now] for item in changes]
            for path, changes in sorted(cleaned.changes.items())
        },
        "rewritten": dict(sorted(cleaned.rewritten.items())),
        "left_out": dict(sorted(cleaned.left_out.items())),
        "renamed": sorted(cleaned.renamed),
    }
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


@dataclass(slots=True)
class _Cleaner:
    sought: Terms
    stand_ins: StandIns
    cleaned: Cleaned = field(default_factory=Cleaned)

    def add(self, path: str, content: bytes) -> None:
        """Take a file in, or say why not."""
        now = self._path(path)
        name = path.rsplit("/", 1)[-1].lower()
        text = read_text(content)
        if _OF_A_MACHINE.fullmatch(name):
            self.cleaned.left_out[now] = "kept for a machine or a person, not for the work"
        elif len(content) > LARGEST:
            self.cleaned.left_out[now] = f"too large to be looked through; {len(content):,} bytes"
        elif is_picture(content):
            self._picture(now, name, content)
        elif text is None or content.startswith(_DOCUMENT):
            self.cleaned.left_out[now] = f"{NO_TEXT}; {len(content):,} bytes"
        else:
            self._text(now, path, text, content)

    def _path(self, path: str) -> str:
        now, _ = self._replaced(path, path)
        now = "/".join(part.strip() or "unnamed" for part in now.split("/"))
        if now == path:
            return path
        while now in self.cleaned.files or now in self.cleaned.left_out:
            now = f"again/{now}"
        self.cleaned.renamed.append(now)
        return now

    def _picture(self, now: str, name: str, content: bytes) -> None:
        kept = stripped(content)
        if _FACES.fullmatch(name):
            self.cleaned.left_out[now] = "by its name a picture of somebody"
        elif kept is None:
            self.cleaned.left_out[now] = "a picture that cannot be read"
        else:
            self.cleaned.files[now] = kept
            if kept != content:
                self.cleaned.rewritten[now] = "the same picture without its metadata"

    def _text(self, now: str, path: str, text: str, content: bytes) -> None:
        try:
            if path.lower().endswith(".ipynb"):
                body, changes = self._notebook(now, path, text)
            else:
                body, changes = self._replaced(path, text)
        except TooMany:
            self.cleaned.left_out[now] = "more in it tells whose it is than can be looked through"
            return
        if body is None:
            self.cleaned.left_out[now] = "a notebook that cannot be read"
            return
        if changes:
            self.cleaned.changes[now] = changes
            body_is_whole = _is_json(path, text) <= _is_json(path, body)
            if not body_is_whole:
                self.cleaned.left_out[now] = "it could not be cleaned and stay readable"
                del self.cleaned.changes[now]
                return
        elif body.encode("utf-8") != content:
            self.cleaned.rewritten.setdefault(now, "the same text in UTF-8")
        self.cleaned.files[now] = body.encode("utf-8")

    def _notebook(self, now: str, path: str, text: str) -> tuple[str | None, list[Change]]:
        changes: list[Change] = []

        def replace(part: str) -> str:
            body, found = self._replaced(f"{path}.md", part)
            changes.extend(Change(0, 0, item.kind, item.now) for item in found)
            return body

        body = notebook.cleaned(text, replace)
        self.cleaned.rewritten[now] = "the same cells and outputs without metadata"
        return body, changes

    def _replaced(self, path: str, text: str) -> tuple[str, list[Change]]:
        """Return a text with stand-ins, and where they are."""
        changes: list[Change] = []
        for _ in range(ROUNDS):
            hits = [hit for hit in plain_hits(path, text, self.sought) if hit.stand_in]
            if not hits:
                break
            parts, reached = [], 0
            line, line_start = 1, 0
            for hit in hits:
                if (breaks := text.count("\n", reached, hit.start)) > 0:
                    line += breaks
                    line_start = text.rfind("\n", reached, hit.start) + 1
                word = self.stand_ins.word(hit.stand_in, text[hit.start : hit.end])
                parts += [text[reached : hit.start], word]
                changes.append(Change(line, hit.start - line_start + 1, hit.kind, word))
                line += text.count("\n", hit.start, hit.end)
                reached = hit.end
            text = "".join((*parts, text[reached:]))
        return text, changes


def _is_json(path: str, text: str) -> bool:
    if not path.lower().endswith((".json", ".webmanifest")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
