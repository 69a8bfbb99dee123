"""Write what the /verify page takes from the Python package: contexts and what codes mean.

`scripts/web` puts it into the page's program, so that both verifiers know the same contexts byte
for byte, and say the same of what they find.
"""

from __future__ import annotations

import json
import sys

from scripts.reference.findings import codes

from jobtwin.credential.contexts import PINS, pinned


def pins() -> str:
    """Return the contexts, their digests, and title, reason and remedy of each finding."""
    found = {
        "contexts": dict(pinned()),
        "contextDigests": {url: pin.json_sha256 for url, pin in PINS.items()},
        "codes": {
            code.id: {"title": code.title, "why": code.why, "fix": code.fix}
            for code, _ in codes()
            if code.id.startswith("VC-")
        },
    }
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(pins())
