"""One rotten file per code: each is told by its code, at its line and column.

`<CODE>/expected.txt` has one finding a line, `path:line:column CODE`, in the order reported.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtwin import yamlfile
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding
from jobtwin.records import base
from jobtwin.records.base import load
from jobtwin.records.intake import StartRequest
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules import twins
from jobtwin.rules.twins import check_track, check_twin, startable

BAD = Path(__file__).parent
FOLDERS = sorted(path.name for path in BAD.iterdir() if (path / "expected.txt").is_file())
CODES = sorted(
    value.id
    for module in (yamlfile, base, twins)
    for value in vars(module).values()
    if isinstance(value, Code)
)
SOUND = BAD / "TWN-008" / "jt-sample-1" / "twin.yml"
"""Nothing is wrong with it but that it has no harness."""


def _findings(file: Path, name: str) -> list[Finding]:
    content = file.read_bytes()
    try:
        if name == "start.yml":
            load(StartRequest, content, name)
        elif name.endswith("twin.yml"):
            loaded = load(Twin, content, name)
            note = startable(loaded) if file == SOUND else None
            return [*check_twin(loaded), *([note] if note else [])]
        else:
            known = load(Twin, SOUND.read_bytes()).record
            return list(check_track(load(Track, content, name), {known.id: known}))
    except Refused as refused:
        return list(refused.findings)
    return []


@pytest.mark.parametrize("code", FOLDERS)
def test_a_rotten_file_is_told_by_its_code_at_its_place(code: str) -> None:
    folder = BAD / code
    found = [
        finding
        for file in sorted(folder.rglob("*.yml"))
        for finding in _findings(file, file.relative_to(folder).as_posix())
    ]
    said = "".join(f"{finding.place} {finding.code}\n" for finding in found)
    assert said == (folder / "expected.txt").read_text("utf-8"), "\n".join(map(str, found))
    assert {finding.code for finding in found} == {code}
    assert all(finding.hint for finding in found)


def test_every_code_has_a_rotten_file() -> None:
    assert set(CODES) <= set(FOLDERS)
