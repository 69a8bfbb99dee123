"""Are the files that a credential cites still the ones that its issuer saw? (VC 2.0 §5.3)

A step of its own, taken on request: it fetches what may be large and says nothing of the signature.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.data_model import digest_fits
from jobtwin.credential.resolve import Resources, Unavailable
from jobtwin.credential.verdicts import Outcome, Step, Verification
from jobtwin.findings import Code

RELATED = Code(
    "VC-085",
    "a cited file is not the one that was signed",
    why="What stands at the address has been replaced since the credential was issued.",
    fix="Ask the issuer for the file as it was; its digest stands in the credential.",
)
MAX_RELATED = 16
_DIGESTS = {"digestSRI", "digestMultibase"}


def related_urls(document: JsonObject) -> tuple[str, ...]:
    """Return the URLs whose content the credential gives a digest of, at most `MAX_RELATED`."""
    return tuple(item["id"] for item in _cited(document))


def with_related(found: Verification, document: JsonObject, resources: Resources) -> Verification:
    """Return the verification with one more step: each cited file against its digest."""
    step = _step(len(found.steps) + 1, found, document, resources)
    return replace(found, steps=(*found.steps, step))


def _step(number: int, found: Verification, document: JsonObject, resources: Resources) -> Step:
    cited = _cited(document)
    if found.signature.value != "valid":
        told = "which files are cited means nothing while the signature does not hold"
        return Step(number, "related", Outcome.NOT_CHECKED, told)
    had = {item["id"]: resources.get(item["id"]) for item in cited}
    wrong = tuple(
        RELATED.at(f"{item['id'][:200]} has another digest", "$.relatedResource")
        for item in cited
        if isinstance(content := had[item["id"]], bytes) and not digest_fits(item, content)
    )
    if wrong:
        return Step(number, "related", Outcome.FAILED, "; ".join(map(str, wrong)), wrong)
    missing = [url for url, content in had.items() if not isinstance(content, bytes)]
    if missing:
        at = had[missing[0]]
        why = at.reason if isinstance(at, Unavailable) else "it was not fetched"
        told = f"{len(missing)} of {len(had)} cited files cannot be had: {missing[0]}: {why}"
        return Step(number, "related", Outcome.NOT_CHECKED, told)
    return Step(number, "related", Outcome.PASSED, f"{len(had)} cited files are as they were")


def _cited(document: JsonObject) -> list[dict[str, Any]]:
    value = document.get("relatedResource", [])
    items = value if isinstance(value, list) else [value]
    return [
        item
        for item in items
        if isinstance(item, dict) and isinstance(item.get("id"), str) and _DIGESTS & item.keys()
    ][:MAX_RELATED]
