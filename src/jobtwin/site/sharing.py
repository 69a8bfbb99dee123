"""Links by which a learner takes a credential elsewhere; they load nothing until followed.

LinkedIn: "Add to profile" (addtoprofile.linkedin.com) opens the form for a certification with what
the address says; the learner then saves it. The page's address goes there, never the holder's name.

Learner Credential Wallet: `dccrequest://request?request=<JSON>` hands it a message of the VC API by
value, here an offer with the credential (github.com/openwallet-foundation-labs/
learner-credential-wallet: issue 697, `IVpOffer` in app/lib/walletRequestApi.ts). Offers by
reference have to be answered by a server, which a static site has not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from jobtwin.credential.contexts import VC

if TYPE_CHECKING:
    from jobtwin.records.organisation import Issuer

LINKEDIN = "https://www.linkedin.com/profile/add"
WALLET = "dccrequest://request"
_TWICE_DECODED = {"%": "\\u0025", "+": "\\u002b"}
"""The wallet decodes the address once or twice: what would not survive is written as JSON does."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Where a credential can be taken."""

    linkedin: str
    wallet: str


def sharing(issuer: Issuer, credential: bytes) -> Sharing:
    """Return the links of a signed credential of ours."""
    document = json.loads(credential)
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
    return Sharing(f"{LINKEDIN}?{urlencode(added, quote_via=quote)}", _offer(page, document))


def _offer(page: str, document: dict[str, object]) -> str:
    parts = urlsplit(page)
    offer = {
        "credentialRequestOrigin": f"{parts.scheme}://{parts.netloc}",
        "verifiablePresentation": {
            "@context": [VC],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [document],
        },
    }
    written = json.dumps(offer, separators=(",", ":"))
    for character, escaped in _TWICE_DECODED.items():
        written = written.replace(character, escaped)
    return f"{WALLET}?request={quote(written, safe='')}"
