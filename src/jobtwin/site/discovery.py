"""What other software reads in the head of a credential's page: schema.org's terms.

They are not what was signed: that is the file beside the page, which they name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobtwin.records import layout

if TYPE_CHECKING:
    from jobtwin.records.organisation import Issuer
    from jobtwin.site.credential_page import Dossier

_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_IN_A_SCRIPT = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def discovery(dossier: Dossier, description: str) -> str:
    """Return the element for the head of a twin credential's page."""
    text = _WRITER.encode(_terms(dossier, description))
    for sign, escaped in _IN_A_SCRIPT:
        text = text.replace(sign, escaped)
    return f'<script type="application/ld+json">{text}</script>'


def _terms(dossier: Dossier, description: str) -> dict[str, object]:
    """Return a schema.org EducationalOccupationalCredential."""
    return {
        "@context": "https://schema.org",
        "@type": "EducationalOccupationalCredential",
        "name": dossier.twin.title,
        "description": description,
        "url": layout.credential_page(dossier.issuer.url, dossier.id),
        "image": f"{dossier.issuer.url}/twins/{dossier.twin.id}/badge.png",
        "credentialCategory": "badge",
        "competencyRequired": [
            skill.title
            for result in dossier.decision.skills
            if (skill := dossier.twin.skill(result.id))
        ],
        "recognizedBy": _organisation(dossier.issuer),
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": dossier.url,
            "encodingFormat": "application/vc",
        },
    }


def _organisation(issuer: Issuer) -> dict[str, str]:
    return {"@type": "Organization", "name": issuer.name, "url": issuer.url}
