"""What other software reads in the head of a credential's page: a preview, and schema.org's terms.

Neither is what was signed: that is the file beside the page, which both name.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from jobtwin.records import layout

if TYPE_CHECKING:
    from jobtwin.records.organisation import Issuer
    from jobtwin.site.credential_page import Dossier

_IN_A_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def discovery(dossier: Dossier, title: str, description: str) -> str:
    """Return the tags for the head of a twin credential's page."""
    page = layout.credential_page(dossier.issuer.url, dossier.id)
    picture = f"{dossier.issuer.url}/twins/{dossier.twin.id}/badge.png"
    said = {
        "og:type": "website",
        "og:site_name": dossier.issuer.name,
        "og:title": title,
        "og:description": description,
        "og:url": page,
        "og:image": picture,
        "og:image:alt": f"Badge of {dossier.twin.title}",
    }
    tags = [
        f'<meta property="{name}" content="{html.escape(text)}">' for name, text in said.items()
    ]
    tags.append('<meta name="twitter:card" content="summary">')
    return "".join([*tags, _structured(_terms(dossier, page, picture, description))])


def _terms(dossier: Dossier, page: str, picture: str, description: str) -> dict[str, object]:
    """Return a schema.org EducationalOccupationalCredential."""
    return {
        "@context": "https://schema.org",
        "@type": "EducationalOccupationalCredential",
        "name": dossier.twin.title,
        "description": description,
        "url": page,
        "image": picture,
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


def _structured(terms: dict[str, object]) -> str:
    text = json.dumps(terms, ensure_ascii=False, sort_keys=True).translate(_IN_A_SCRIPT)
    return f'<script type="application/ld+json">{text}</script>'
