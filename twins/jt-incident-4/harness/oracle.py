"""What the assistant answers to a request in a world, with any choice of the four pieces.

Written apart from the scaffold's service except for the pieces themselves, so that a test can hold
the two against each other. Makes no text: only what the contract judges, and what a trace shows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import pieces
from .world import Row, World

Reply = dict[str, Any]
"""The judged part of an answer: status, reason, facts, citation."""

KEYWORDS = (
    ("interaction", ("together", "combine", "interact", "mix", "alongside")),
    ("dose", ("how much", "dose", "dosage", "how many", "how often")),
    ("storage", ("store", "storage", "keep", "fridge", "expire")),
    ("driving", ("drive", "driving", "machine", "car")),
)
"""Ask kind → words of a free question that mean it; the first kind that matches counts."""

_SIGNS = re.compile(r"[^0-9a-z]+")
_BORDER = re.compile(r"(?<=[0-9])(?=[a-z])|(?<=[a-z])(?=[0-9])")


def normal(name: str) -> str:
    """Return the form in which names are compared (docs/contract.md, Names)."""
    plain = unicodedata.normalize("NFKC", name.replace("®", " ").replace("™", " ")).casefold()
    return " ".join(_BORDER.sub(" ", _SIGNS.sub(" ", plain)).split())


def route(question: str) -> str | None:
    """Return the ask kind of a free question, None when no keyword occurs."""
    words = f" {' '.join(question.casefold().split())} "
    for ask, keywords in KEYWORDS:
        if any(keyword in words for keyword in keywords):
            return ask
    return None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Which piece stands in for each of the four modules."""

    find: str = "sound_a"
    latest: str = "sound_a"
    dose: str = "sound_a"
    context: str = "sound_a"

    def call(self, kind: str, function: str, *arguments: Any) -> Any:
        """Call a function of the chosen piece of the class `kind`."""
        module = pieces.loaded(pieces.MODULES[kind], getattr(self, kind))
        return getattr(module, function)(*arguments)


SOUND = Pieces()


@dataclass(slots=True)
class Seen:
    """What a trace shows of one request beside the reply."""

    ask: str = ""
    typed_key: str | None = None
    matched_key: str | None = None
    product: Row | None = None
    max_single_mg: int | None = None
    section_used: int | None = None
    section_total: int | None = None
    context_chars: int | None = None


class _Refusal(Exception):  # noqa: N818 - a reply, not an error
    pass


@dataclass(slots=True)
class Oracle:
    """The right replies in `world`; with another `pieces`, the replies of a faulty release."""

    world: World
    pieces: Pieces = SOUND
    _products: dict[str, Row] = field(init=False)
    _substances: dict[str, Row] = field(init=False)
    _names: dict[str, list[str]] = field(init=False)
    _others: dict[str, list[str]] = field(init=False)
    _leaflets: dict[str, list[Row]] = field(init=False)
    _notices: dict[str, list[Row]] = field(init=False)
    _dosing: dict[tuple[str, str], Row] = field(init=False)
    _listed: dict[tuple[str, str], list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        tables = self.world.tables
        self._products = {row["id"]: row for row in tables["products"]}
        self._substances = {row["id"]: row for row in tables["substances"]}
        self._names, self._others = {}, {}
        for row in tables["products"]:
            for name in sorted({normal(n) for n in (row["name"], row["brand"], *row["aliases"])}):
                self._names.setdefault(name, []).append(row["id"])
                substances = self._others.setdefault(name, [])
                if row["substance"] not in substances:
                    substances.append(row["substance"])
        for row in tables["substances"]:
            self._others.setdefault(normal(row["name"]), []).append(row["id"])
        self._leaflets = _grouped(tables["leaflets"])
        self._notices = _grouped(tables["withdrawals"])
        self._dosing = {(row["product"], row["version"]): row for row in tables["dosing"]}
        self._listed = {}
        for row in tables["interactions"]:
            self._listed.setdefault((row["product"], row["version"]), []).append(row)

    def reply(self, request: Mapping[str, Any]) -> Reply:
        """Return the judged part of the answer to a well-formed request."""
        return self.watch(request)[0]

    def watch(self, request: Mapping[str, Any]) -> tuple[Reply, Seen]:
        """Return the reply, and what the trace shows of it."""
        seen = Seen()
        try:
            facts, citation = self._answered(request, seen)
        except _Refusal as refusal:
            reason = str(refusal)
            return {"status": "refused", "reason": reason, "facts": {}, "citation": None}, seen
        return {"status": "answered", "reason": None, "facts": facts, "citation": citation}, seen

    def in_force(self, product: str) -> Row | None:
        """Return the leaflet that this release serves for a product id."""
        leaflets, notices = self._leaflets.get(product, []), self._notices.get(product, [])
        chosen: Row | None = self.pieces.call("latest", "select_leaflet", leaflets, notices)
        return chosen

    def dosing(self, product: str, version: str) -> Row:
        """Return the dosing row of a leaflet version."""
        return self._dosing[product, version]

    def interactions(self, product: str, version: str) -> list[Row]:
        """Return the interaction rows of a leaflet version, in leaflet order."""
        return self._listed[product, version]

    def _answered(self, request: Mapping[str, Any], seen: Seen) -> tuple[Reply, Reply]:
        ask = request.get("ask") or route(request.get("question", ""))
        if ask is None:
            raise _Refusal("unclear_question")
        seen.ask = ask
        seen.typed_key = normal(request["product"])
        ids = self.pieces.call("find", "find_entries", self._names, seen.typed_key)
        if not ids:
            raise _Refusal("unknown_product")
        if len(ids) > 1:
            raise _Refusal("ambiguous_product")
        product = seen.product = self._products[ids[0]]
        seen.matched_key = self._filed_under(seen.typed_key, product)
        if not product["marketed"]:
            raise _Refusal("not_marketed")
        leaflet = self.in_force(product["id"])
        if leaflet is None:
            raise _Refusal("no_current_leaflet")
        facts = getattr(self, f"_{ask}")(request, product, leaflet, seen)
        number = next(row["section"] for row in leaflet["sections"] if row["topic"] == ask)
        version = leaflet["version"]
        return facts, {"product": product["id"], "version": version, "section": number}

    def _filed_under(self, typed: str, product: Row) -> str:
        return typed if product["id"] in self._names.get(typed, ()) else normal(product["name"])

    def _dose(self, request: Mapping[str, Any], product: Row, leaflet: Row, seen: Seen) -> Reply:
        if request.get("weight_kg") is None:
            raise _Refusal("missing_weight")
        row = self._dosing[product["id"], leaflet["version"]]
        seen.max_single_mg = row["max_single_mg"]
        facts: Reply | None = self.pieces.call("dose", "dose_for", row, request["weight_kg"])
        if facts is None:
            raise _Refusal("below_minimum_weight")
        self._context("dose", product, leaflet, seen)
        return facts

    def _interaction(
        self, request: Mapping[str, Any], product: Row, leaflet: Row, seen: Seen
    ) -> Reply:
        if not request.get("with"):
            raise _Refusal("missing_other")
        ids = self.pieces.call("find", "find_entries", self._others, normal(request["with"]))
        if len(ids) != 1:
            raise _Refusal("unknown_other")
        if ids[0] == product["substance"]:
            raise _Refusal("same_substance")
        for passage in self._context("interaction", product, leaflet, seen):
            if passage.get("substance") == ids[0]:
                return {"interaction": True, "severity": passage["severity"]}
        return {"interaction": False, "severity": "none"}

    def _storage(self, request: Mapping[str, Any], product: Row, leaflet: Row, seen: Seen) -> Reply:
        self._context("storage", product, leaflet, seen)
        return dict(leaflet["storage"])

    def _driving(self, request: Mapping[str, Any], product: Row, leaflet: Row, seen: Seen) -> Reply:
        self._context("driving", product, leaflet, seen)
        return {"driving": leaflet["driving"]}

    def _context(self, topic: str, product: Row, leaflet: Row, seen: Seen) -> list[Row]:
        passages = self._passages(product["id"], leaflet)
        budget = self.world.context_budget
        chosen: list[Row] = self.pieces.call("context", "assemble_context", passages, topic, budget)
        seen.section_total = sum(passage["topic"] == topic for passage in passages)
        seen.section_used = sum(passage["topic"] == topic for passage in chosen)
        seen.context_chars = sum(len(passage["text"]) for passage in chosen)
        return chosen

    def _passages(self, product: str, leaflet: Row) -> list[Row]:
        passages: list[Row] = []
        for section in leaflet["sections"]:
            passages.append(section)
            if section["topic"] == "interaction":
                passages += [
                    {**row, "topic": "interaction"}
                    for row in self._listed[product, leaflet["version"]]
                ]
        return passages


def _grouped(rows: list[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["product"], []).append(row)
    return groups
