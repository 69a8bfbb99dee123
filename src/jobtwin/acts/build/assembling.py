"""A site put together in a folder beside it, and then in its place: nobody sees half of one."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.acts.build import choosing, making, memory, overview, rendering
from jobtwin.acts.build.earlier import Earlier
from jobtwin.acts.build.left import is_as_left
from jobtwin.acts.build.units import setting_of
from jobtwin.errors import EngineError
from jobtwin.site import bundles, dossiers
from jobtwin.site.transparency_page import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jobtwin.acts.build.choosing import Before
    from jobtwin.acts.build.earlier import Rendered
    from jobtwin.acts.build.index import Index
    from jobtwin.acts.build.left import Left, Unit
    from jobtwin.acts.build.overview import Overview
    from jobtwin.site.dossiers import Shared

COMMIT = "commit.txt"
"""The commit that the site was built from: who keeps it can tell a rewritten history."""
OURS = ".nojekyll"
"""Stands in every site that we built: only such a folder is ever replaced."""


@dataclass(frozen=True, slots=True)
class Work:
    """A build under way."""

    out: Path
    folder: Path
    """Where it is put together."""
    workers: int
    progress: Callable[[str], None]

    @property
    def site(self) -> Path:
        """The folder of what is made."""
        return self.folder / "site"


def assemble(work: Work, found: Overview, known: Before | None) -> tuple[Earlier, int]:
    """Put a site in its place; return what it came to, and how many units were made for it."""
    work.progress("rendering the pages")
    key = overview.key(found)
    rendered, kept = _rendered(work, found, known, key)
    known = known if known and known.earlier.rendered.shell == rendered.shell else None
    frames = known.earlier.frames if known else {}
    common = dossiers.shared(found.ledger, frames) if found.has_issuer else None
    index = choosing.index(found.ledger, known)
    found = replace(found, index=index)
    beside = sorted(_listed(work.site)) if not kept else []
    units: dict[str, Unit] = {}
    made = 0
    if common:
        units, made = _units(work, found, known, common, rendered, index)
    facts = {label.partition(" ")[2]: one.facts for label, one in units.items() if one.facts}
    pages, rendered = rendering.filled(replace(found, facts=facts), rendered)
    written = _written(work, pages, found, common)
    files = {path: _left(work.site, path) for path in beside} | dict(kept) | written
    built = Earlier(
        commit=found.ledger.tree.commit,
        as_of=found.as_of,
        has_archive=bool(common and common.has_archive),
        rendered=rendered,
        beside=files,
        frames=common.by_badge() if common else {},
        index=index,
        units=units,
    )
    if taken := files.keys() & built.but(known.earlier if known and kept else None):
        raise EngineError(f"the site has something of its own at {min(taken)}", "rename the page")
    _put(work, built, known.earlier if known else None)
    return built, made


def _rendered(
    work: Work, found: Overview, known: Before | None, key: str
) -> tuple[Rendered, Mapping[str, Left]]:
    """Return what the generator has made, and the files of it that stay where they are."""
    if known and known.earlier.rendered.key == key:
        earlier = known.earlier
        if is_as_left(known.out, earlier.beside.items()):
            work.site.mkdir()
            return earlier.rendered, earlier.beside
    return rendering.render(found, key, work.folder), {}


def _units(
    work: Work,
    found: Overview,
    known: Before | None,
    common: Shared,
    rendered: Rendered,
    index: Index,
) -> tuple[dict[str, Unit], int]:
    """Make the units that have to be; return all of them, and how many were made."""
    ledger, as_of = found.ledger, found.as_of
    setting = setting_of(ledger, index, as_of, common, rendered.shell)
    wanted = choosing.attempts(ledger, known, index, as_of)
    anew = {attempt for _, _, attempt in wanted}
    wanted += choosing.tracks(known, index, anew)
    work.progress(f"attempts whose pages are made, and their credentials: {len(anew):,}")
    units = dict(known.earlier.units) if known else {}
    units |= making.make(setting, wanted, work.site, work.workers)
    facts = {label.partition(" ")[2]: one.facts for label, one in units.items() if one.facts}
    asked, every = choosing.learners(known, facts, anew)
    units |= making.make(setting, asked, work.site, work.workers)
    gone = {label for label in units if label.startswith("learner ")}.difference(every)
    ordered = {label: units[label] for label in sorted(units) if label not in gone}
    return ordered, len(wanted) + len(asked)


def _written(
    work: Work, pages: dict[str, bytes], found: Overview, common: Shared | None
) -> dict[str, Left]:
    """Write what every build does: pages of figures, keys, status lists, and the commit."""
    if common:
        pages[bundles.HEAD] = bundles.head()
    if found.audited:
        pages[f"transparency/{FILE}"] = found.audited.content
    pages |= {OURS: b"", COMMIT: f"{found.ledger.tree.commit}\n".encode("ascii")}
    written = {path: making.write(work.site, path, content) for path, content in pages.items()}
    for path, content in common.served.items() if common else ():
        written[path] = making.write(work.site, path, content, is_signed=True)
    return written


def _put(work: Work, built: Earlier, earlier: Earlier | None) -> None:
    """Put what was made in its place; what is remembered of the site goes first and comes last."""
    kept = memory.beside(work.out)
    kept.unlink(missing_ok=True)
    if earlier is None:
        if work.out.exists():
            work.out.rename(work.folder / "replaced")
        work.site.rename(work.out)
    else:
        _lay_over(work, built, earlier)
    memory.remember(kept, built)


def _lay_over(work: Work, built: Earlier, earlier: Earlier) -> None:
    lost = earlier.but(built) | earlier.beside.keys()
    for path in lost - built.but(earlier) - built.beside.keys():
        (work.out / path).unlink(missing_ok=True)
        with suppress(OSError):  # something else is in it
            (work.out / path).parent.rmdir()
    made = sorted(_listed(work.site), key=lambda path: (path == COMMIT, path))
    for path in made:
        target = work.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (work.site / path).replace(target)
    shutil.rmtree(work.site)


def _listed(site: Path) -> Sequence[str]:
    return [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]


def _left(site: Path, path: str) -> Left:
    stat = (site / path).stat()
    return stat.st_size, stat.st_mtime_ns, 0
