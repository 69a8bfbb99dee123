"""Where measurements of a twin are kept while they are made, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.records import measured
from jobtwin.records.measured import Measured

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.records.measured import Basis, Key, Measurement


class Keeping:
    """The measurements of a twin, in a file or nowhere."""

    def __init__(self, twin_id: str, path: Path | None = None) -> None:
        """Keep them at `path`; raises `Refused` for a file that holds something else."""
        self._path = path
        self.known = Measured(format=1, twin=twin_id)
        self.known = self._read()

    def add(self, more: Measured) -> None:
        """Keep more; what another run has written meanwhile stays."""
        self.known = measured.merged(self._read(), more)
        if self._path is not None:
            beside = self._path.with_name(f".{self._path.name}.new")
            beside.write_bytes(measured.write(self.known))
            beside.replace(self._path)

    def current(self, key: Key, now: Basis) -> Measurement | None:
        """Return the measurement of a run, None where there is none of what lies there now."""
        found = {item.key: item for item in self.known.measurements}.get(key)
        return found if found is not None and found.basis == now else None

    def _read(self) -> Measured:
        if self._path is None or not self._path.is_file():
            return self.known
        found = measured.load(self._path.read_bytes(), str(self._path))
        if found.twin != self.known.twin:
            raise UsageError(f"{self._path} is about {found.twin}", "name another file by --keep")
        return found
