"""How every demo ends: signed, audited, built, verified, and told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts import audit, build, issue, verify
from jobtwin.acts.demo.founding import PORT
from jobtwin.errors import EngineError
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.site import bundles

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.acts.demo.stage import Stage

KEPT = "name-of-lea.txt"
"""What a learner keeps: her name and the salt that it was hashed with."""
BUNDLE = "bundle.json"
"""What the credential's page makes: everything that verifying it needs."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the demo came to."""

    credential: str
    """URL of the credential."""
    repository: Path
    site: Path
    acts: tuple[tuple[str, float], ...]
    """Each act played, with its seconds."""
    verdicts: tuple[str, ...]

    def words(self, seconds: float) -> str:
        """Return the end of the story, for people."""
        inside = self.credential.split("/credentials/")[1].removesuffix("credential.json")
        path = self.site / "credentials" / inside / "credential.json"
        kept = self.site.with_name(KEPT)
        spent: dict[str, float] = {}
        for act, taken in self.acts:
            spent[act] = spent.get(act, 0.0) + taken
        slowest = ", ".join(f"{act} {taken:.1f} s" for act, taken in spent.items() if taken >= 0.1)
        return "\n".join(
            [
                "",
                f"credential   {self.credential}",
                f"as a file    {path}",
                f"its page     http://localhost:{PORT}/credentials/{inside} (while it is served)",
                f"verdicts     {', '.join(self.verdicts)}",
                f"repository   {self.repository}",
                f"site         {self.site}",
                "",
                f"verify it    jobtwin verify {path} --mirror {self.site}",
                f"alone        jobtwin verify {self.site.with_name(BUNDLE)}",
                f"as lea       jobtwin verify {path} --mirror {self.site} --holder {kept}",
                f"audit it     jobtwin audit {self.repository}",
                "",
                f"{len(self.acts)} acts in {seconds:.1f} s: {slowest}",
            ]
        )


def issued(stage: Stage) -> str:
    """Sign what is due; return the URL of the attempt's credential: its track may have one too."""
    event = stage.forge.dispatch()
    effects = stage.act("issue", event, lambda ledger: issue.issue(event, ledger, stage.holders))
    signed = [path for path in effects.records if path.rpartition("/")[2] == "issued-1.yml"]
    expect(len(signed) == 1, f"one credential is due, not {len(signed)}")
    stage.tell("one credential is signed, and verified by two implementations before it is kept")
    with stage.ledger() as ledger:
        url = ledger.issuer.url
    _, shard, identifier, _ = signed[0].split("/")
    return f"{url}/credentials/{shard}/{identifier}/credential.json"


def published(stage: Stage, out: Path, url: str) -> Told:
    """Audit the history, build the site from it, and verify the credential from the site alone."""
    repository, site = out / "repo", out / "site"
    stage.forge.origin.run("clone", "-q", str(stage.forge.origin.path), str(repository))
    archive = "+refs/archive/*:refs/archive/*"
    Git(repository).run("fetch", "-q", str(stage.forge.origin.path), archive)
    report = _audited(stage, Git(repository))
    with stage.timed("build"), Tree(Git(repository), "refs/heads/main") as tree:
        ledger = Ledger(tree)
        built = build.build(ledger, site, audited=report)
        served = {path: (site / path).read_bytes() for path in built.served}
        kept = bundles.bundle(ledger, url.split("/")[-2], served)
        site.with_name(BUNDLE).write_bytes(kept)
    stage.tell(f"the site is built: {sum(1 for path in site.rglob('*') if path.is_file())} files")
    with stage.timed("verify"):
        verification = verify.verify_source(url, mirror=site, now=stage.forge.now)
    expect(verification.ok, f"the credential should verify: {verification.findings}")
    verdicts = (
        f"signature: {verification.signature.value}",
        f"status: {verification.status.value}",
        f"issuer: {verification.issuer.value}",
        f"freshness: {verification.freshness.value}",
    )
    stage.tell("the credential verifies from the mirror: " + ", ".join(verdicts))
    return Told(url, repository, site, tuple(stage.times), verdicts)


def _audited(stage: Stage, git: Git) -> bytes:
    """Return the report on the whole history, which the site then shows."""
    with stage.timed("audit"):
        report = audit.audit(git)
    expect(report.ok, f"the audit should find nothing: {report.text()}")
    commits = report.checked["commits"]
    stage.tell(f"the audit replayed the whole history, {commits} commits, and found no divergence")
    return f"{report.json()}\n".encode()


def expect(holds: bool, otherwise: str) -> None:
    """Raise `EngineError` unless something holds: a demo is a test of itself."""
    if not holds:
        raise EngineError(f"the demo did not come out as it must: {otherwise}")


def serve_site(site: Path) -> None:
    """Serve a folder on loopback until somebody stops it; raises `EngineError`."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", PORT), partial(SimpleHTTPRequestHandler, directory=str(site))
        )
    except OSError as error:
        raise EngineError(f"port {PORT} on loopback cannot be had", "use --no-serve") from error
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
