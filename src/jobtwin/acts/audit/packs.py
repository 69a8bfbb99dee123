"""Private packs: each against its commitment, and opened where a key for it is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.pack import Packed, Unpacked
from jobtwin.repository import packs
from jobtwin.rules import seeds
from jobtwin.rules.ledger import check_record
from jobtwin.rules.replay import packing as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.report import Notes
    from jobtwin.records.submission import Evaluated, Started
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.rules.replay.files import FileChange

_RECORD = re.compile(r"cohorts/([^/.]+)\.(packed|unpacked)\.yml")


@dataclass(slots=True)
class Packs:
    """The packs of all cohorts, and what was drawn with them."""

    organisation: Organisation
    objects: Objects
    notes: Notes
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Cohort → its X25519 secret, for those that the auditor holds."""
    packed: dict[str, Packed] = field(default_factory=dict)
    unpacked: set[str] = field(default_factory=set)
    started_in: set[str] = field(default_factory=set)
    """Cohorts in which somebody has started."""

    def follow(self, commit: Commit) -> None:
        """Take over the packs that a commit seals or reveals."""
        found = ((one, _RECORD.fullmatch(one.path)) for one in commit.changes if one.is_added)
        for change, name in sorted(
            ((one, named) for one, named in found if named), key=lambda pair: pair[0].path
        ):
            if name[2] == "packed":
                self._pack(commit, change, name[1])
            else:
                self._unpack(commit, change, name[1])

    def start(self, record: Started, path: str) -> None:
        """Check with which pack an attempt starts."""
        self.started_in.add(record.cohort)
        self.notes.take(rules.check_started(record, path, self.packed.get(record.cohort)))

    def evaluate(self, record: Evaluated, path: str, started: Started) -> None:
        """Check with which pack an attempt was measured."""
        self.notes.take(rules.check_evaluated(record, path, started))

    def conclude(self) -> None:
        """Check that every pack that was to be revealed with its cohort's secret is."""
        for cohort in sorted(self.organisation.revealed.keys() & self.packed.keys()):
            if self.packed[cohort].end == "revealed" and cohort not in self.unpacked:
                message = f"the secret of `{cohort}` is out, and its pack is not"
                path = layout.packed(cohort)
                self.notes.turn(path)
                self.notes.take([rules.NOT_REVEALED.at(message, path)])

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield which packs nobody could look into, and whether anybody still can."""
        for cohort, record in sorted(self.packed.items()):
            self.notes.turn(layout.packed(cohort))
            if cohort in self.unpacked or cohort in self.keys or not self.notes.is_mine:
                continue
            if cohort in self.organisation.destroyed:
                when = "its key was destroyed"
            elif record.end == "revealed":
                when = "until it is revealed"
            else:
                when = "only its key opens it"
            words = f"what is in the {{n}} file(s) of the pack of cohort {cohort}: {when}."
            yield f"Not checked here: {words}", record.files

    def _pack(self, commit: Commit, change: FileChange, cohort: str) -> None:
        organisation, path = self.organisation, change.path
        record = organisation.read(Packed, self.objects.blob(change.blob), path)
        if record is None or record.cohort != cohort or cohort in self.packed:
            return
        box = self.objects.blob(f"{commit.id}:{layout.pack_box(cohort)}") or b""
        is_started = cohort in self.started_in
        known = organisation.cohorts.get(cohort)
        self.notes.take(check_record(record, path, organisation.keys(), None))
        self.notes.take(rules.check_packed(record, path, known, box, is_started))
        self.packed[cohort] = record
        self.notes.count("packs against their commitment")
        if cohort in self.keys:
            self._open(record, path, box, seeds.pack_key(self.keys[cohort], cohort))

    def _unpack(self, commit: Commit, change: FileChange, cohort: str) -> None:
        organisation, path = self.organisation, change.path
        record = organisation.read(Unpacked, self.objects.blob(change.blob), path)
        if record is None or record.cohort != cohort:
            return
        packed = self.packed.get(cohort)
        known = organisation.cohorts.get(cohort)
        self.notes.take(check_record(record, path, organisation.keys(), None))
        wrong = list(rules.check_unpacked(record, path, packed, known))
        self.notes.take(wrong)
        self.unpacked.add(cohort)
        if packed and not wrong:
            box = self.objects.blob(f"{commit.id}:{layout.pack_box(cohort)}") or b""
            self._open(packed, path, box, bytes.fromhex(record.pack_key))

    def _open(self, record: Packed, path: str, box: bytes, secret: bytes) -> None:
        try:
            packs.opened(record, box, secret)
        except EngineError as error:
            self.notes.take([rules.OTHER_PACK.at(error.message, path)])
        else:
            self.notes.count("packs opened")
