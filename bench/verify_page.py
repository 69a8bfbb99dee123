"""How long a stranger waits on /verify: from the last file that it needs to the verdicts.

A new browser each time, so that nothing was compiled before; the whole page is opened by a deep
link at the issuer's own address. Run: python -m bench.verify_page [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import sys
from typing import TYPE_CHECKING

from scripts.screenshots import chromium
from tests.attacks.mutations import DID_JSON, JWKS, SERVED, Scene, issued, put
from tests.unit.credential.conftest import ISSUER, SITE
from tests.web.conftest import EVERYWHERE, QUIET, Net

from jobtwin.site.verify_page import Place, Program, program, verify_files

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

OWN = f"{SITE}/credentials/7f/{'7f' * 16}/credential.json"
WAITED = """() => {
  const files = performance.getEntriesByType("resource");
  // Whether there is a better attempt is asked last, once everything else is found out.
  const needed = files.filter((file) => !file.name.endsWith("/superseded.json"));
  const last = Math.max(...needed.map((file) => file.responseEnd));
  return performance.getEntriesByName("verified")[0].startTime - last;
}"""


def measure(playwright: Playwright, path: str, files: dict[str, bytes]) -> float:
    """Return the milliseconds from the last file that is needed to the verdicts."""
    browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, "--no-sandbox"])
    context = browser.new_context()
    context.route(EVERYWHERE, Net(files).answer)
    page = context.new_page()
    page.goto(f"{SITE}/verify/?url={OWN}")
    page.wait_for_selector("#headline")
    waited: float = page.evaluate(WAITED)
    browser.close()
    return waited


def site(made: Program) -> dict[str, bytes]:
    """Return what the issuer serves by URL: the page with its program, a credential, its keys."""
    served = {url: content for url, content in SERVED.items() if isinstance(content, bytes)}
    keys = {url: served[url].decode() for url in (DID_JSON, JWKS)}
    page = verify_files(Place(SITE, ISSUER, "Academy of Twins", keys), made)["verify/index.html"]
    scene = Scene()
    issued(put("id", OWN))(scene)
    return {**served, f"{SITE}/verify/": page, OWN: scene.content}


def main() -> None:
    """Print the best, the median and the worst of some rounds."""
    from playwright.sync_api import sync_playwright

    made = program()
    path = chromium()
    if made is None or path is None:
        sys.exit("this needs Chromium and what scripts/web makes")
    files = site(made)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with sync_playwright() as playwright:
        times = [measure(playwright, path, files) for _ in range(rounds)]
    told = f"{min(times):.0f} best, {statistics.median(times):.0f} median, {max(times):.0f} worst"
    load = " ".join(f"{average:.1f}" for average in os.getloadavg())
    sys.stdout.write(f"{told} of {rounds}, in ms; load {load}\n")


if __name__ == "__main__":
    main()
