"""A learner's dependencies as data: a hash lock read strictly, installed without running it.

Only wheels whose SHA-256 stands in the lock are taken, so nothing a learner made runs while
there is a network. pip reads a file that we write from what was parsed, never the learner's.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from jobtwin.findings import Finding

_FIX = "write the lock with `uv export` or `pip-compile --generate-hashes`"

UNREADABLE = Code(
    "LCK-001",
    "a lock that cannot be read",
    why="it is plain UTF-8 text of bounded size",
    fix=_FIX,
)
OPTION = Code(
    "LCK-002",
    "an option in a lock",
    why="options choose where packages come from, and that is the operator's choice",
    fix="leave out every line that starts with `-`",
)
NOT_FROM_INDEX = Code(
    "LCK-003",
    "a requirement that is an address, a repository or a path",
    why="what such a place holds can change after the work was handed in",
    fix="name a released package and its version, or put the code into your repository",
)
NOT_PINNED = Code(
    "LCK-004",
    "a requirement without an exact version",
    why="the same lock must always give the same environment",
    fix=f"pin it as `name==version`; {_FIX}",
)
NO_HASH = Code(
    "LCK-005",
    "a requirement without a SHA-256",
    why="without it, another file of the same version could be installed later",
    fix=f"add `--hash=sha256:…`; {_FIX}",
)
MALFORMED = Code(
    "LCK-006",
    "a line that a lock does not have",
    why="what is not understood is not installed",
    fix=f"one requirement is `name==version ; marker --hash=sha256:…`; {_FIX}",
)
TWICE = Code(
    "LCK-007",
    "a package that stands twice",
    why="which of the two is meant would be a guess",
    fix="keep one, or give both a marker that excludes the other",
)
NOT_INSTALLABLE = Code(
    "LCK-008",
    "a lock that cannot be installed",
    why="only wheels are installed, from files with exactly the hashes of the lock",
    fix="choose versions that have a wheel for this Python and platform, and lock again",
)

MAX_BYTES = 1024 * 1024
MAX_PINS = 300
_INSTALL_SECONDS = 900

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,100}[A-Za-z0-9])?"
_EXTRAS = rf"(?:\[{_NAME}(?:,{_NAME}){{0,20}}\])?"
_REQUIREMENT = re.compile(rf"({_NAME}){_EXTRAS}==([A-Za-z0-9][A-Za-z0-9.+!_-]{{0,80}})\Z", re.ASCII)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\Z")
_VARIABLES = (
    "python_version|python_full_version|os_name|sys_platform|platform_machine|platform_system"
    "|platform_python_implementation|implementation_name"
)
_COMPARISON = (
    rf"\(*(?:{_VARIABLES})(?:<=|>=|==|!=|<|>|in|notin)"
    r"(?:'[A-Za-z0-9._+-]{1,40}'|\"[A-Za-z0-9._+-]{1,40}\")\)*"
)
_MARKER = re.compile(rf"{_COMPARISON}(?:(?:and|or){_COMPARISON}){{0,20}}\Z", re.ASCII)
_OUR_MACHINE = re.compile(
    rb"Retrying \(|NewConnectionError|NameResolutionError|ConnectionResetError|ReadTimeout|"
    rb"Connection(?: was)? (?:refused|broken|reset)|Max retries exceeded|SSLError|ProxyError|"
    rb"No space left on device|No module named pip|\b50[0234] (?:Server Error|Service)"
)
"""What pip says when the network or this machine failed; all else is the lock's doing."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked package."""

    name: str
    """Normalised as PyPI compares names."""
    version: str
    marker: str
    """An environment marker, or empty."""
    hashes: tuple[str, ...]
    """SHA-256 of the files that may be installed, in hex."""
    line: int


def parse_lock(data: bytes, path: str = "") -> tuple[tuple[Pin, ...], tuple[Finding, ...]]:
    """Return the pins of a lock and what is wrong with it; `path` is named in the findings."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return (), (UNREADABLE.at("it is not UTF-8", path),)
    if len(data) > MAX_BYTES:
        return (), (UNREADABLE.at(f"it is larger than {MAX_BYTES:,} bytes", path),)
    pins: list[Pin] = []
    findings: list[Finding] = []
    for line, words in _logical_lines(text):
        found = _pin(words, line)
        if isinstance(found, Pin):
            pins.append(found)
        else:
            code, message = found
            findings.append(code.at(message, path, (line, 1)))
    findings += [TWICE.at(f"{pin.name} stands twice", path, (pin.line, 1)) for pin in _again(pins)]
    if len(pins) > MAX_PINS:
        findings.append(UNREADABLE.at(f"it has more than {MAX_PINS} packages", path))
    return tuple(pins), tuple(findings)


def install(lock: bytes, cache: Path) -> Path:
    """Return the directory of the environment that `lock` describes, installing it once.

    It lies in `cache` under the lock's SHA-256 and this interpreter's platform, is complete or
    absent, and goes on PYTHONPATH. Raises Refused when the lock is at fault, EngineError when
    the network or this machine is.
    """
    pins, findings = parse_lock(lock)
    if findings:
        raise Refused(findings)
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    home = cache / f"{hashlib.sha256(lock).hexdigest()}-{tag}"
    if home.is_dir():
        return home
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".installing-") as scratch:
            target = Path(scratch) / "environment"
            target.mkdir()
            if pins:
                _pip(pins, Path(scratch), target)
            _publish(target, home)
    except OSError as error:
        raise EngineError(f"the environment could not be installed: {error}") from error
    return home


def _publish(target: Path, home: Path) -> None:
    """Move the finished directory into place; who comes second keeps the first one's."""
    try:
        target.rename(home)
    except OSError:
        if not home.is_dir():
            raise
        shutil.rmtree(target)


def _pip(pins: tuple[Pin, ...], scratch: Path, target: Path) -> None:
    lock = scratch / "lock.txt"
    lock.write_text("".join(map(_written, pins)), encoding="utf-8")
    argv = [_with_pip(scratch), "-m", "pip", "install", "--require-hashes", "--only-binary=:all:"]
    argv += ["--no-deps", "--no-input", "--disable-pip-version-check", "--quiet"]
    argv += ["--target", str(target), "--requirement", str(lock)]
    try:
        done = subprocess.run(argv, capture_output=True, check=False, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EngineError("pip did not finish within 15 minutes") from error
    if done.returncode == 0:
        return
    words = re.sub(r"[^\x20-\x7e]+", " ", done.stderr.decode("utf-8", "replace"))[-1500:].strip()
    if _OUR_MACHINE.search(done.stderr):
        raise EngineError(f"pip could not install: {words}", hint="try again; it costs no attempt")
    raise Refused([NOT_INSTALLABLE.at(words)])


def _with_pip(scratch: Path) -> str:
    """Return an interpreter like ours that has pip; what uv installs us into has none."""
    if importlib.util.find_spec("pip"):
        return sys.executable
    home = scratch / "with-pip"
    argv = [sys.executable, "-m", "venv", str(home)]
    try:
        done = subprocess.run(argv, capture_output=True, check=False, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EngineError("venv did not finish within 15 minutes") from error
    if done.returncode != 0:
        raise EngineError("this Python has no pip and cannot make one", "install Python's venv")
    return str(home / "bin" / "python")


def _written(pin: Pin) -> str:
    marker = f" ; {pin.marker}" if pin.marker else ""
    hashes = "".join(f" --hash=sha256:{digest}" for digest in pin.hashes)
    return f"{pin.name}=={pin.version}{marker}{hashes}\n"


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Return (first line's number, words) with comments gone and continuations joined."""
    lines: list[tuple[int, str]] = []
    start, kept = 0, ""
    for number, raw in enumerate(text.split("\n"), start=1):
        content = re.sub(r"(?:^|[ \t])#.*", "", raw.rstrip("\r")).strip(" \t")
        start = start or number
        kept += content.removesuffix("\\").rstrip(" \t") + " "
        if content.endswith("\\"):
            continue
        if kept.strip():
            lines.append((start, kept.strip()))
        start, kept = 0, ""
    if kept.strip():
        lines.append((start, kept.strip()))
    return lines


def _pin(words: str, line: int) -> Pin | tuple[Code, str]:
    """Return the pin that a logical line holds, or what is wrong with it."""
    shown = words if len(words) <= 80 else f"{words[:80]}…"
    if words.startswith("-"):
        return OPTION, f"{shown!r} is an option"
    requirement, *hashes = re.split(r"[ \t]+(?=--)", words)
    requirement, _, marker = (part.strip(" \t") for part in requirement.partition(";"))
    if "/" in requirement or "\\" in requirement or "@" in requirement or requirement == ".":
        return NOT_FROM_INDEX, f"{shown!r} does not name a package of the index"
    match = _REQUIREMENT.match(requirement.replace(" ", ""))
    if not match:
        return NOT_PINNED, f"{shown!r} is not `name==version`"
    digests = [_HASH.match(option) for option in hashes]
    if not digests:
        return NO_HASH, f"{match[1]} has no hash"
    if not all(digests):
        return NO_HASH, f"{match[1]} has something else than `--hash=sha256:` and 64 digits"
    compact = re.sub(r"[ \t]+", "", marker)
    if marker and not (_MARKER.match(compact) and marker.count("(") == marker.count(")")):
        return MALFORMED, f"{match[1]} has a marker that is not understood"
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    return Pin(name, match[2], marker, tuple(found[1] for found in digests if found), line)


def _again(pins: list[Pin]) -> list[Pin]:
    seen: dict[str, Pin] = {}
    again = []
    for pin in pins:
        first = seen.setdefault(pin.name, pin)
        if first is not pin and not (first.marker and pin.marker):
            again.append(pin)
    return again
