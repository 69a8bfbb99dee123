"""From a request to an answer: name, leaflet, context, facts, words, guard rails."""

from __future__ import annotations

import logging
from typing import Any

from .answer_text import REFUSALS, excerpt, word_dose, word_interaction, word_leaflet
from .ask_router import ASKS, route_question
from .catalogue_store import LeafletStore
from .context_window import assemble_context
from .dose_table import dose_for
from .guard_rails import flags_of, suggestions_for
from .leaflet_versions import select_leaflet
from .name_forms import plain_name
from .name_lookup import find_entries

log = logging.getLogger(__name__)
HOLDING_FLAGS = {"no_citation", "banned_phrase", "negative_figure"}


class DeclinedError(Exception):
    """We do not answer; the argument is the reason's id."""


def answer_request(store: LeafletStore, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer object of `docs/contract.md`."""
    ask = request.get("ask") or route_question(request.get("question") or "")
    try:
        if ask not in ASKS:
            raise DeclinedError("unclear_question")
        product = _product(store, request["product"])
        leaflet = select_leaflet(
            store.leaflets.get(product["id"], []), store.notices.get(product["id"], [])
        )
        if leaflet is None:
            raise DeclinedError("no_current_leaflet")
        context = assemble_context(store.passages(leaflet), ask, store.budget)
        log.debug("context: %s", excerpt(context))
        facts, text = STEPS[ask](store, request, product, leaflet, context)
        return _checked(ask, facts, text, _citation(product, leaflet, ask))
    except DeclinedError as declined:
        return _refusal(store, ask, str(declined), request)


def _product(store: LeafletStore, typed: str) -> dict[str, Any]:
    ids = find_entries(store.product_names, plain_name(typed))
    if not ids:
        raise DeclinedError("unknown_product")
    if len(ids) > 1:
        raise DeclinedError("ambiguous_product")
    product = store.products[ids[0]]
    if not product["marketed"]:
        raise DeclinedError("not_marketed")
    return product


def _dose(
    store: LeafletStore,
    request: dict[str, Any],
    product: dict[str, Any],
    leaflet: dict[str, Any],
    context: list[dict[str, Any]],
) -> tuple[dict[str, Any], str]:
    weight = request.get("weight_kg")
    if weight is None:
        raise DeclinedError("missing_weight")
    facts = dose_for(store.dosing[product["id"], leaflet["version"]], weight)
    if facts is None:
        raise DeclinedError("below_minimum_weight")
    return facts, word_dose(product, facts)


def _interaction(
    store: LeafletStore,
    request: dict[str, Any],
    product: dict[str, Any],
    leaflet: dict[str, Any],
    context: list[dict[str, Any]],
) -> tuple[dict[str, Any], str]:
    typed = request.get("with")
    if not typed:
        raise DeclinedError("missing_other")
    ids = find_entries(store.substance_names, plain_name(typed))
    if len(ids) != 1:
        raise DeclinedError("unknown_other")
    if ids[0] == product["substance"]:
        raise DeclinedError("same_substance")
    other = store.substances[ids[0]]
    hit = next((row for row in context if row.get("substance") == other["id"]), None)
    severity = hit["severity"] if hit else "none"
    facts = {"interaction": hit is not None, "severity": severity}
    return facts, word_interaction(product, other, hit)


def _storage(
    store: LeafletStore,
    request: dict[str, Any],
    product: dict[str, Any],
    leaflet: dict[str, Any],
    context: list[dict[str, Any]],
) -> tuple[dict[str, Any], str]:
    return dict(leaflet["storage"]), word_leaflet(context, "storage")


def _driving(
    store: LeafletStore,
    request: dict[str, Any],
    product: dict[str, Any],
    leaflet: dict[str, Any],
    context: list[dict[str, Any]],
) -> tuple[dict[str, Any], str]:
    return {"driving": leaflet["driving"]}, word_leaflet(context, "driving")


STEPS = {"dose": _dose, "interaction": _interaction, "storage": _storage, "driving": _driving}


def _citation(product: dict[str, Any], leaflet: dict[str, Any], topic: str) -> dict[str, Any]:
    section = next(row["section"] for row in leaflet["sections"] if row["topic"] == topic)
    return {"product": product["id"], "version": leaflet["version"], "section": section}


def _checked(
    ask: str, facts: dict[str, Any], text: str, citation: dict[str, Any]
) -> dict[str, Any]:
    flags = flags_of(text, facts, citation)
    if HOLDING_FLAGS & set(flags):
        raise DeclinedError("no_answer")
    return {
        "status": "answered",
        "ask": ask,
        "reason": None,
        "text": text,
        "facts": facts,
        "citation": citation,
        "flags": flags,
    }


def _refusal(
    store: LeafletStore, ask: str | None, reason: str, request: dict[str, Any]
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": "refused",
        "ask": ask,
        "reason": reason,
        "text": REFUSALS[reason],
        "facts": {},
        "citation": None,
        "flags": [],
    }
    if reason == "unknown_product":
        names = list(store.product_names)
        answer["suggestions"] = suggestions_for(plain_name(request["product"]), names)
    return answer
