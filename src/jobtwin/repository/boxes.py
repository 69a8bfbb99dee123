"""The box in which a learner of a sealed cohort hands everything in, and how it is kept.

A box is closed to the key that the attempt's start names. It holds a tar file: a salt, the seed of
the attempt's kit, so that a copy is nobody else's, and the inbox as an open pull request would
bring it, a repository below `upload/`. It is opened in memory, judged like any inbox, and kept as
it came; nothing of what it holds is written anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.repository import inbox, snapshot
from jobtwin.rules import intake
from jobtwin.rules.intake import Change
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.records.submission import Received, Snapshot
    from jobtwin.records.twin import Twin
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Attempt, Ledger

NOT_SEALED = Code(
    "INB-012",
    "the cohort is sealed, and something comes beside the box",
    why="What is pushed in the open can be read by everybody, and stays readable.",
    fix="Bring `work.sealed` alone, as `jobtwin submit` makes it; take the rest out of the branch.",
)
NOT_OPENED = Code(
    "INB-013",
    "the box cannot be opened, or holds no inbox",
    why="What cannot be read cannot be taken in.",
    fix="Make it again by `jobtwin submit` in an up-to-date clone.",
)
SAID_OPENLY = Code(
    "INB-014",
    "the cohort is sealed, and a comment can be read by everybody",
    why="Nothing of the work is taken in from the open.",
    fix="Delete the comment; write the update to a file of the kit's inbox and hand that in.",
)

OTHERS_BOX = Code(
    "INB-015",
    "the box was made for another attempt",
    why="Boxes lie in the open, and whoever copies one does not hand in work of his own.",
    fix="Make it by `jobtwin submit` in the kit of this very attempt.",
)

BOX = "work.sealed"
SALT, KIT, FOLDER = "salt", "kit", "inbox/"
SALT_BYTES = 32
MOST_BYTES = intake.UPLOAD_BYTES + 4 * intake.MAX_BYTES
"""What an inbox may hold, and the names in its tar file."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A box, and what it holds."""

    box: bytes
    files: dict[str, bytes]
    """The inbox: path below it → content."""
    content: str
    """Digest of what the box holds, the salt among it."""


def close(files: Mapping[str, bytes], public_key: bytes, kit_seed: str, salt: bytes) -> bytes:
    """Return the box that hands an inbox in; `salt` are 32 random bytes, for this box alone."""
    packed = {f"{FOLDER}{path}": body for path, body in files.items()}
    own = {SALT: salt, KIT: kit_seed.encode("ascii")}
    return sealing.seal(snapshot.tar({**packed, **own}), public_key)


def opened(box: bytes, secret: bytes, kit_seed: str) -> Opened:
    """Return what a box holds; raises `Refused`, and never says a word of the content.

    `kit_seed` is that of the attempt that it is handed in for, in hex.
    """
    try:
        tar = sealing.unseal(box, secret)
        packed = snapshot.untar(tar)
    except (ValueError, EngineError) as error:
        raise Refused([NOT_OPENED.at("it is closed to another key, or holds no tar file")]) from (
            error
        )
    salt, kit = packed.pop(SALT, b""), packed.pop(KIT, b"")
    if len(salt) != SALT_BYTES or any(not path.startswith(FOLDER) for path in packed):
        raise Refused([NOT_OPENED.at("it holds something else than a salt, a seed and an inbox")])
    if kit != kit_seed.encode("ascii"):
        raise Refused([OTHERS_BOX.at("its kit is another's")])
    files = {path.removeprefix(FOLDER): body for path, body in packed.items()}
    return Opened(box, files, digest(tar))


def read(git: Git, head: str, secret: bytes, kit_seed: str) -> Opened:
    """Return the box that a pull request brings, opened; without one, as if it were empty.

    Raises `Refused` with every finding, for the pull request's files or for those in the box.
    """
    brought = inbox.read_checked(git, head, _check)
    box = brought.get(f"{layout.INBOX}/{BOX}")
    if box is None:
        return Opened(b"", {}, digest(b""))
    found = opened(box, secret, kit_seed)
    changes = [Change(f"{layout.INBOX}/{p}", "100644", len(b)) for p, b in found.files.items()]
    if findings := list(intake.check_changes(changes)):
        raise Refused(findings)
    return found


def _check(changes: Iterable[Change]) -> Iterator[Finding]:
    taken = {f"{layout.INBOX}/{name}" for name in ("start.yml", BOX)}
    for change in changes:
        shown = ascii(change.path)[1:-1]
        if change.path not in taken or change.mode == "000000":
            yield NOT_SEALED.at("the pull request brings something beside `work.sealed`")
        elif change.mode not in ("100644", "100755"):
            yield intake.NOT_A_FILE.at(f"`{shown}` is not a regular file", shown)
        elif change.bytes > MOST_BYTES:
            yield intake.TOO_MUCH.at(f"`{shown}` is over {MOST_BYTES:,} bytes", shown)


def as_kept(found: Opened, plain: Snapshot) -> Snapshot:
    """Return what a receipt says of the work in a box: `plain` without a figure of the content."""
    return plain.model_copy(
        update={
            "tree": _tree(found.box),
            "digest": digest(found.box),
            "files": 1,
            "bytes": len(found.box),
            "content": found.content,
        }
    )


def only_in_a_box(twin: Twin) -> Twin:
    """Return a twin as a sealed attempt has it: whatever it offers, work comes as files."""
    return twin.model_copy(update={"submission_modes": ("file_upload",)})


def silent(finding: Finding) -> str:
    """Return what a public receipt says of a finding: its code, and no word of the content."""
    return f"{finding.code}: `jobtwin submit` checks the same where your work is, and says where."


def _tree(box: bytes) -> str:
    """Return the git tree that holds the box alone."""
    blob = sha1(b"blob %d\0" % len(box) + box, usedforsecurity=False).digest()
    entry = b"100644 " + BOX.encode("ascii") + b"\0" + blob
    return sha1(b"tree %d\0" % len(entry) + entry, usedforsecurity=False).hexdigest()


def kept(ledger: Ledger, attempt: Attempt, record: Received, secret: bytes) -> dict[str, bytes]:
    """Return the inbox that a receipt of a sealed attempt took in; {} where it took none.

    Raises `EngineError` where its box is missing, is another, or cannot be opened.
    """
    if not record.inbox:
        return {}
    try:
        return opened(_kept(ledger, attempt, record), secret, attempt.started.kit_seed).files
    except Refused as refused:
        raise _unreadable(attempt, record) from refused


def kept_tar(ledger: Ledger, attempt: Attempt, record: Received, secret: bytes) -> bytes:
    """Return the tar file in the box of a receipt, the salt in it; raises as `kept` does."""
    try:
        return sealing.unseal(_kept(ledger, attempt, record), secret)
    except ValueError as error:
        raise _unreadable(attempt, record) from error


def _kept(ledger: Ledger, attempt: Attempt, record: Received) -> bytes:
    ref = layout.box_ref(attempt.twin, attempt.id, record.number)
    box = ledger.tree.git.run("cat-file", "blob", f"{ref}:snapshot.tar")
    if [digest(box)] != [entry.digest for entry in record.inbox]:
        raise EngineError(f"{ref} does not keep what the receipt says", "run `jobtwin audit`")
    return box


def _unreadable(attempt: Attempt, record: Received) -> EngineError:
    ref = layout.box_ref(attempt.twin, attempt.id, record.number)
    return EngineError(f"{ref} cannot be opened by this key", "run `jobtwin audit`")
