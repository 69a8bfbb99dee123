"""Links by which a learner takes a credential elsewhere; they load nothing until followed.

LinkedIn: "Add to profile" (addtoprofile.linkedin.com) opens the form for a certification with what
the address says; the learner then saves it. The page's address goes there, never the holder's name.

The Learner Credential Wallet takes a credential by value, as long as the credential is: that
address is made in the browser, by `docs/javascripts/wallet.js`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from jobtwin.site.signed import document as data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.records.organisation import Issuer

LINKEDIN = "https://www.linkedin.com/profile/add"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Where a credential can be taken."""

    linkedin: str
    for_records: str
    """What somebody types or copies into a system that keeps people's qualifications."""


def sharing(issuer: Issuer, credential: bytes) -> Sharing:
    """Return the links of a signed credential of ours."""
    document = data_of(credential)
    page = document["id"].rpartition("/")[0] + "/"
    awarded = datetime.fromisoformat(document["awardedDate"])
    added = {
        "startTask": "CERTIFICATION_NAME",
        "name": document["name"],
        "organizationName": issuer.name,
        "issueYear": str(awarded.year),
        "issueMonth": str(awarded.month),
        "certUrl": page,
        "certId": page.rstrip("/").rpartition("/")[2],
    }
    link = f"{LINKEDIN}?{urlencode(added, quote_via=quote)}"
    return Sharing(link, _for_records(issuer, document, page, awarded))


def _for_records(issuer: Issuer, document: Mapping[str, str], page: str, awarded: datetime) -> str:
    return "\n".join(
        [
            f"Qualification: {document['name']}",
            f"Issued by: {issuer.name} ({issuer.did})",
            f"Awarded: {awarded:%Y-%m-%d}",
            "Kind: Open Badges 3.0 credential (W3C Verifiable Credential), signed with Ed25519",
            f"Credential: {document['id']}",
            f"Shown at: {page}",
            f"Verify: {issuer.url}/verify/?url={quote(document['id'], safe='')}",
        ]
    )
