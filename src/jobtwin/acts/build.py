"""build: everything in a commit becomes a static site.

The pages are made by `site`; what was signed is laid over them byte for byte. "Now" is the last
event that the commit knows, so that the same commit always gives the same site.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jobtwin.errors import EngineError, UsageError
from jobtwin.records import layout
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.organisation import VisibilityPolicy
from jobtwin.records.submission import Evaluated, Received
from jobtwin.site import overview_pages, shell, signed, write
from jobtwin.site.credential_page import Dossier, Judge, credential_page, not_found_page
from jobtwin.site.navigation import navigation
from jobtwin.site.twin_page import twin_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger

CONFIGURATION = "mkdocs.yml"
_RECORDS = ("submissions", "grades", "credentials", "calibration", "outcomes")
_OURS = ".nojekyll"
"""Stands in every site that we built: only such a folder is ever replaced."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished site."""

    out: Path
    as_of: datetime
    """The last event that it knows."""
    pages: int
    credentials: tuple[str, ...]
    """Ids of the credentials that have a page, sorted."""
    signed: Mapping[str, str]
    """Path below `out` → SHA-256 of every file that is served as it is in git."""


@dataclass(frozen=True, slots=True)
class _Credentials:
    """What is published of the credentials: pages to fill into the shell, bytes to lay over."""

    dossiers: tuple[Dossier, ...]
    files: Mapping[str, bytes]


def build(ledger: Ledger, out: Path, progress: Callable[[str], None] = lambda _: None) -> Built:
    """Build the site of the ledger's commit into `out`, replacing a site that stands there.

    `progress` is told each step in a few words. Raises `UsageError` when `out` holds something
    else, `Refused` for a broken record, and `EngineError` when the site would not be whole.
    """
    if out.exists() and not (out / _OURS).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} holds something that is not a site of ours", "name another --out")
    as_of = last_event(ledger)
    progress("reading the records")
    credentials = _credentials(ledger)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".jobtwin-build-") as folder:
        work = Path(folder)
        progress("rendering the pages")
        site = write.render(work, _sources(ledger, as_of), _settings(ledger), as_of)
        progress(f"adding {len(credentials.dossiers)} credentials")
        _add_pages(site, credentials.dossiers, as_of, _root(ledger))
        expected = _lay_over(site, credentials.files)
        (site / _OURS).write_bytes(b"")
        progress("comparing every signed file with git")
        _compare(site, expected)
        pages = sum(1 for _ in site.rglob("*.html"))
        if out.exists():
            out.rename(work / "replaced")
        site.rename(out)
    ids = tuple(sorted(dossier.id for dossier in credentials.dossiers))
    return Built(out, as_of, pages, ids, expected)


def last_event(ledger: Ledger) -> datetime:
    """Return when the last record was added, or the commit was made where there are no records."""
    git, commit = ledger.tree.git, ledger.tree.commit
    seconds = git.text("log", "-1", "--format=%ct", commit, "--", *_RECORDS)
    seconds = seconds or git.text("log", "-1", "--format=%ct", commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def _has_issuer(ledger: Ledger) -> bool:
    return ledger.tree.read(layout.ISSUER) is not None


def _root(ledger: Ledger) -> str:
    path = urlsplit(ledger.issuer.url).path if _has_issuer(ledger) else ""
    return path.rstrip("/") + "/"


def _settings(ledger: Ledger) -> dict[str, Any]:
    import yaml

    settings: dict[str, Any] = yaml.safe_load(_need(ledger, CONFIGURATION))
    pages = {path.removeprefix("docs/") for path in ledger.tree.paths("docs")}
    pages |= {f"tracks/{track.id}.md" for track in ledger.tracks}
    settings["nav"] = navigation(pages, [twin.id for twin in _twins(ledger)])
    settings["not_in_nav"] = f"/{shell.SHELL_SOURCE}\n"
    if _has_issuer(ledger):
        settings["site_url"] = ledger.issuer.url + "/"
    return settings


def _need(ledger: Ledger, path: str) -> bytes:
    content = ledger.tree.read(path)
    if content is None:
        raise EngineError(f"{path} is not there", "the site is built from docs/ and mkdocs.yml too")
    return content


def _sources(ledger: Ledger, as_of: datetime) -> dict[str, bytes]:
    """Return everything that the generator renders or copies, by its path below docs."""
    _need(ledger, "docs/index.md")
    copied = {path.removeprefix("docs/"): _need(ledger, path) for path in ledger.tree.paths("docs")}
    twins = _twins(ledger)
    said = ""
    if "visibility" in ledger.policies(as_of):
        said = ledger.policy(VisibilityPolicy, as_of).said_to_learners
    has_issuer = _has_issuer(ledger)
    made = {
        "twins/index.md": overview_pages.twins_page(twins),
        **{f"twins/{twin.id}.md": twin_page(twin, ledger.cohorts, said) for twin in twins},
        **{
            f"tracks/{track.id}.md": overview_pages.track_page(track, ledger.twins)
            for track in ledger.tracks
        },
        "mentors/index.md": overview_pages.mentors_page(
            [_history(ledger, mentor) for mentor in ledger.mentors], as_of
        ),
        "issuer.md": overview_pages.issuer_page(
            ledger.issuer if has_issuer else None, ledger.issuer_keys if has_issuer else None
        ),
        shell.SHELL_SOURCE: shell.SHELL_MARKDOWN,
    }
    return copied | {path: text.encode("utf-8") for path, text in made.items()}


def _twins(ledger: Ledger) -> list[Twin]:
    """Return all twins in the order in which a cohort meets them, the capstone last."""
    weeks = {item.twin: item.week for track in ledger.tracks for item in track.twins}
    loaded = (ledger.twin(twin_id) for twin_id in ledger.twins)
    twins = [item.record for item in loaded if item is not None]
    return sorted(twins, key=lambda twin: (weeks.get(twin.id, twin.week or 99), twin.id))


def _history(ledger: Ledger, mentor: Mentor) -> overview_pages.MentorHistory:
    rounds = [
        filed.record for twin in ledger.twins for filed in ledger.calibrations(mentor.id, twin)
    ]
    rounds.sort(key=lambda item: (item.at, item.twin, item.number))
    return overview_pages.MentorHistory(mentor, fingerprint(mentor.key), tuple(rounds))


def fingerprint(ssh_public_key: str) -> str:
    """Return a key's OpenSSH fingerprint, `SHA256:…`, as `ssh-keygen -l` prints it."""
    import base64

    blob = base64.b64decode(ssh_public_key.split(" ")[1])
    hashed = base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")
    return f"SHA256:{hashed}"


def _credentials(ledger: Ledger) -> _Credentials:
    """Return every credential's records, and the bytes that the site serves as they are."""
    if not _has_issuer(ledger):
        return _Credentials((), {})
    files = {**signed.key_files(ledger), **(lists := signed.status_lists(ledger))}
    ids = [name for name in ledger.credentials() if ledger.issued(name)]
    issued = {identifier: [f.record for f in ledger.issued(identifier)] for identifier in ids}
    later = {item[-1].supersedes: name for name, item in issued.items() if item[-1].supersedes}
    dossiers = []
    for identifier in ids:
        content = signed.signed_credential(ledger, identifier)
        folder = layout.credential(identifier)
        signed.check_status(content, ledger.issuer, lists, folder)
        files[f"{folder}/credential.json"] = content
        dossier, evidence = _dossier(ledger, identifier, content, later.get(identifier))
        dossiers.append(dossier)
        files |= evidence
    return _Credentials(tuple(dossiers), files)


def _dossier(
    ledger: Ledger, identifier: str, content: bytes, superseded_by: str | None
) -> tuple[Dossier, dict[str, bytes]]:
    issued = tuple(filed.record for filed in ledger.issued(identifier))
    attempt = _attempt(ledger, issued[-1].attempt)
    decision, evaluated = attempt.last(Decision), attempt.last(Evaluated)
    if decision is None or evaluated is None:
        raise EngineError(f"credential {identifier} has no decision", "run `jobtwin audit`")
    graded = {item.receipt for item in evaluated.record.graded}
    receipts = tuple(f.record for f in attempt.all(Received) if f.digest in graded)
    evidence = list(signed.snapshots(ledger, attempt.id, receipts))
    dossier = Dossier(
        issuer=ledger.issuer,
        twin=ledger.pinned_twin(attempt.started.twin_tree, attempt.twin),
        started=attempt.started,
        receipts=receipts,
        evaluated=evaluated.record,
        judges=_judges(ledger, attempt, decision.record),
        decision=decision.record,
        issued=issued,
        signed_digest="sha256:" + hashlib.sha256(content).hexdigest(),
        evidence=tuple(file for file, _ in evidence),
        revoked=ledger.revoked(identifier),
        superseded_by=superseded_by,
    )
    return dossier, {file.path: data for file, data in evidence}


def _attempt(ledger: Ledger, attempt_id: str) -> Attempt:
    for twin in ledger.tree.names("submissions"):
        if ledger.tree.read(layout.started(twin, attempt_id)) is not None:
            found = ledger.attempt(twin, attempt_id)
            if found is not None:
                return found
    raise EngineError(f"attempt {attempt_id} is not there", "run `jobtwin audit`")


def _judges(ledger: Ledger, attempt: Attempt, decision: Decision) -> tuple[Judge, ...]:
    claims = {filed.digest: filed.record for filed in attempt.all(Claim)}
    judges = []
    for filed in attempt.all(Reviewed):
        if filed.digest not in decision.reviews:
            continue
        receipt = filed.record
        review = ledger.review(attempt.twin, attempt.id, receipt.number)
        mentor, claim = ledger.mentor(receipt.mentor), claims.get(receipt.claim)
        if review is None or mentor is None or claim is None:
            raise EngineError(f"{filed.path} names what is not there", "run `jobtwin audit`")
        judges.append(Judge(mentor, claim, receipt, review.record))
    return tuple(judges)


def _add_pages(site: Path, dossiers: tuple[Dossier, ...], as_of: datetime, root: str) -> None:
    """Write the credentials' pages and the 404 page in the theme's shell, and remove the shell."""
    built = site / shell.SHELL_PATH
    cut = shell.cut(built.read_bytes())
    built.unlink()
    built.parent.rmdir()
    built.parent.parent.rmdir()
    head = (
        '<meta name="robots" content="noindex">'
        '<link rel="alternate" type="application/vc" href="credential.json">'
    )
    for dossier in dossiers:
        page = site / layout.credential(dossier.id) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(cut.fill(credential_page(dossier, as_of), head))
    missing = site / "404.html"
    missing.write_bytes(shell.cut(missing.read_bytes()).fill(not_found_page(root)))
    _forget_shell(site)


def _forget_shell(site: Path) -> None:
    sitemap = site / "sitemap.xml"
    sitemap.write_bytes(write.without(sitemap.read_bytes(), "credentials/00/shell/"))
    (site / "sitemap.xml.gz").unlink(missing_ok=True)


def _lay_over(site: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    expected = {}
    for path, content in sorted(files.items()):
        target = site / path
        if target.exists():
            raise EngineError(f"the site has something of its own at {path}", "rename the page")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        expected[path] = "sha256:" + hashlib.sha256(content).hexdigest()
    return expected


def _compare(site: Path, expected: Mapping[str, str]) -> None:
    for path, digest in expected.items():
        if "sha256:" + hashlib.sha256((site / path).read_bytes()).hexdigest() != digest:
            raise EngineError(f"{path} is not what git has", "the disk is at fault, build again")
