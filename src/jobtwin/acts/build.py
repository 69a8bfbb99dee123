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

from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.harness import basis, proofs
from jobtwin.records import layout, measured
from jobtwin.records.organisation import VisibilityPolicy
from jobtwin.repository.incidents import outages, withdrawals
from jobtwin.rules.signature import fingerprint
from jobtwin.site import (
    analytics_page,
    dossiers,
    overview_pages,
    queue_page,
    shell,
    verify_page,
    write,
)
from jobtwin.site.credential_page import credential_page, not_found_page
from jobtwin.site.incidents import incidents
from jobtwin.site.navigation import navigation
from jobtwin.site.outcome import outcomes_page
from jobtwin.site.previews import Previews, previews
from jobtwin.site.track_credential_page import track_credential_page
from jobtwin.site.transparency_page import FILE, NOT_A_REPORT, read_report, transparency_page
from jobtwin.site.twin_card import Card
from jobtwin.site.twin_page import twin_page
from jobtwin.site.unlisted import unlisted_pages
from jobtwin.site.verify_page import Place, place, program, verify_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.records.calibration import Calibrated, Drifted
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.credential_page import Page
    from jobtwin.site.transparency_page import Audited

CONFIGURATION = "mkdocs.yml"
_RECORDS = ("submissions", "grades", "credentials", "calibration", "outcomes")
COMMIT = "commit.txt"
"""The commit that the site was built from: who keeps it can tell a rewritten history."""
_UNLISTED = '<meta name="robots" content="noindex">'
_SIGNED = (
    '<link rel="alternate" type="application/vc" href="credential.json">'
    '<script src="../../../javascripts/holder.js" defer></script>'
    '<script src="../../../javascripts/wallet.js" defer></script>'
)
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


def build(
    ledger: Ledger,
    out: Path,
    progress: Callable[[str], None] = lambda _: None,
    audited: bytes | None = None,
) -> Built:
    """Build the site of the ledger's commit into `out`, replacing a site that stands there.

    `progress` is told each step in a few words, `audited` is what `jobtwin audit --json` printed
    about the history up to that commit, or an earlier one. Raises `UsageError` when `out` holds
    something else, `Refused` for a broken record or a report of another history, and `EngineError`
    when the site would not be whole.
    """
    if out.exists() and not (out / _OURS).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} holds something that is not a site of ours", "name another --out")
    as_of = last_event(ledger)
    report = _report(ledger, audited) if audited else None
    progress("reading the records")
    credentials = dossiers.published(ledger) if _has_issuer(ledger) else dossiers.Published((), {})
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".jobtwin-build-") as folder:
        work = Path(folder)
        progress("rendering the pages")
        site = write.render(work, _sources(ledger, as_of, report), _settings(ledger), as_of)
        pages = dict(_credential_pages(credentials, as_of))
        unlisted = dict(unlisted_pages(ledger, credentials, as_of)) if _has_issuer(ledger) else {}
        progress(f"adding {len(pages)} credentials and {len(unlisted)} pages of learners")
        shared = previews(ledger, ledger.issuer if _has_issuer(ledger) else None)
        shared.add(site)
        _add_pages(site, pages, unlisted, shared, _root(ledger))
        expected = _lay_over(site, credentials.files)
        _add_verify_page(site, ledger, shared)
        (site / _OURS).write_bytes(b"")
        (site / COMMIT).write_text(f"{ledger.tree.commit}\n", "ascii")
        progress("comparing every signed file with git")
        _compare(site, expected)
        count = sum(1 for _ in site.rglob("*.html"))
        if out.exists():
            out.rename(work / "replaced")
        site.rename(out)
    return Built(out, as_of, count, tuple(sorted(pages)), expected)


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


def _report(ledger: Ledger, content: bytes) -> Audited:
    """Return the report of an audit; raises `Refused` when it is of another history."""
    found, commit = read_report(content), ledger.tree.commit
    if ledger.tree.git.attempt("merge-base", "--is-ancestor", found.commit, commit).returncode:
        raise Refused([NOT_A_REPORT.at(f"{found.commit[:40]} is no commit before {commit}")])
    return found


def _sources(ledger: Ledger, as_of: datetime, audited: Audited | None) -> dict[str, bytes]:
    """Return everything that the generator renders or copies, by its path below docs."""
    _need(ledger, "docs/index.md")
    copied = {path.removeprefix("docs/"): _need(ledger, path) for path in ledger.tree.paths("docs")}
    twins = _twins(ledger)
    titles = {twin.id: twin.title for twin in twins}
    said = ""
    if "visibility" in ledger.policies(as_of):
        said = ledger.policy(VisibilityPolicy, as_of).said_to_learners
    has_issuer = _has_issuer(ledger)
    repository = (ledger.issuer.repository or "") if has_issuer else ""
    waiting = queue_page.rows(ledger, twins, as_of)
    mentors = [_history(ledger, mentor) for mentor in ledger.mentors]
    fared = analytics_page.figures(ledger, twins, waiting, mentors, as_of)
    made = {
        "queue/index.md": queue_page.queue_page(waiting, as_of),
        "twins/index.md": overview_pages.twins_page(twins),
        **{
            f"twins/{twin.id}.md": twin_page(
                twin,
                ledger.cohorts,
                said,
                repository,
                queue_page.forecast(waiting, twin),
                _card(ledger, twin, fared),
            )
            for twin in twins
        },
        **{
            f"tracks/{track.id}.md": overview_pages.track_page(track, titles)
            for track in ledger.tracks
        },
        "mentors/index.md": overview_pages.mentors_page(mentors, as_of),
        "analytics/index.md": analytics_page.analytics_page(fared, as_of),
        "issuer.md": overview_pages.issuer_page(
            ledger.issuer if has_issuer else None, ledger.issuer_keys if has_issuer else None
        ),
        "outcomes.md": outcomes_page(ledger, as_of),
        "transparency/index.md": transparency_page(audited, repository, _went_wrong(ledger)),
        shell.SHELL_SOURCE: shell.SHELL_MARKDOWN,
    }
    kept = {f"transparency/{FILE}": audited.content} if audited else {}
    return copied | kept | {path: text.encode("utf-8") for path, text in made.items()}


def _went_wrong(ledger: Ledger) -> str:
    return incidents(withdrawals(ledger), outages(ledger))


def _card(ledger: Ledger, twin: Twin, found: analytics_page.Figures) -> Card:
    """Return what is known of how hard a twin is, by attempts and by its declared solutions."""
    folder = f"twins/{twin.id}/"
    outcomes = next((got for other, got in found.twins if other.id == twin.id), None)
    kept = ledger.tree.read(folder + measured.NAME)
    if kept is None:
        return Card(outcomes, found.shown_from)
    files = {
        path.removeprefix(folder): ledger.tree.read(path) or b""
        for path in ledger.tree.paths(folder)
    }
    declared = proofs.read(files.get(proofs.DECLARED, b""), folder + proofs.DECLARED)
    kinds = {proof.id: proof.kind for proof in declared}
    known = basis.current(measured.load(kept, folder + measured.NAME), files, twin)
    return Card(outcomes, found.shown_from, kinds, known.measurements, known.kits)


def _twins(ledger: Ledger) -> list[Twin]:
    """Return all twins in the order in which a cohort meets them, the capstone last."""
    weeks = {item.twin: item.week for track in ledger.tracks for item in track.twins}
    loaded = (ledger.twin(twin_id) for twin_id in ledger.twins)
    twins = [item.record for item in loaded if item is not None]
    return sorted(twins, key=lambda twin: (weeks.get(twin.id, twin.week or 99), twin.id))


def _history(ledger: Ledger, mentor: Mentor) -> overview_pages.MentorHistory:
    measured: list[Calibrated | Drifted] = []
    for twin in ledger.twins:
        measured += [filed.record for filed in ledger.calibrations(mentor.id, twin)]
        measured += [filed.record for filed in ledger.drifts(mentor.id, twin)]
    rounds = sorted(measured, key=lambda item: (item.at, item.twin, item.number))
    return overview_pages.MentorHistory(mentor, fingerprint(mentor.key), tuple(rounds))


def _credential_pages(found: dossiers.Published, as_of: datetime) -> Iterator[tuple[str, Page]]:
    for dossier in found.dossiers:
        yield dossier.id, credential_page(dossier, as_of)
    for track in found.tracks:
        yield track.id, track_credential_page(track, as_of)


def _add_pages(
    site: Path,
    credentials: Mapping[str, Page],
    unlisted: Mapping[str, Page],
    shared: Previews,
    root: str,
) -> None:
    """Write all pages that stand in the theme's shell, and remove the shell."""
    built = site / shell.SHELL_PATH
    cut = shell.cut(built.read_bytes())
    built.unlink()
    built.parent.rmdir()
    built.parent.parent.rmdir()
    for identifier, page in credentials.items():
        folder = layout.credential(identifier)
        head = _UNLISTED + _SIGNED + _preview(shared, folder, page) + page.head
        _write(site / folder, cut.fill(page, head))
    for folder, page in unlisted.items():
        _write(site / folder, cut.fill(page, _UNLISTED + _preview(shared, folder, page)))
    missing = site / "404.html"
    missing.write_bytes(shell.cut(missing.read_bytes()).fill(not_found_page(root)))
    sitemap = site / "sitemap.xml"
    sitemap.write_bytes(write.without(sitemap.read_bytes(), "/credentials/00/shell/"))
    (site / "sitemap.xml.gz").unlink(missing_ok=True)


def _preview(shared: Previews, folder: str, page: Page) -> str:
    return shared.tags(folder, page.title, page.description, page.picture)


def _write(folder: Path, page: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_bytes(page)


def _add_verify_page(site: Path, ledger: Ledger, shared: Previews) -> None:
    at = place(ledger) if _has_issuer(ledger) else Place()
    head = shared.tags(verify_page.FOLDER, verify_page.TITLE, verify_page.DESCRIPTION)
    for path, content in verify_files(at, program(), head).items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_bytes(content)


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
