"""jt-incident-4 and a mock repair that knows how names are made, without a pack and with one.

It leaves the fault where it is and refuses what the public parts do not make: sound-alikes are then
refused as if the lookup had been mended. Of a pharmacy with other names it knows nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import Refused
from jobtwin.harness import proofs, twin_code, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.harness.contract import Seeds

TWIN = Path(__file__).parents[3] / "twins" / "jt-incident-4"
HARNESS: Any = twin_code.load(TWIN)
PACK = (Path(__file__).parent / "packs" / "jt-incident-4.yml").read_bytes()
WITHOUT: Any = proofs.solutions(TWIN).seeds("find", 0)
WITH = replace(WITHOUT, pack=PACK)
REFUSED: dict[str, Any] = {"status": "refused", "facts": {}, "citation": None}


def part(name: str) -> Any:
    return twin_code.part(HARNESS, name)


def is_made_of(parts: tuple[tuple[str, ...], ...], name: str) -> bool:
    """Say whether a typed name is one that the public parts can make."""
    starts, middles, ends = ("|".join(map(re.escape, some)) for some in parts)
    pattern = rf"\W*(?:{starts})i?(?:{middles})(?:{ends})(?![a-z]).*"
    return bool(re.fullmatch(pattern, name, re.IGNORECASE | re.DOTALL))


def inverted(world: Any, faulty: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what the faulty release says once such names alone come through to it."""
    release, names = part("oracle").Oracle(world, faulty), part("banks").NAMES

    def reply(query: dict[str, Any]) -> Any:
        other = query.get("with", "")
        if not is_made_of(names.brands, query["product"]):
            return {**REFUSED, "reason": "unknown_product"}
        if other and not any(is_made_of(one, other) for one in (names.brands, names.substances)):
            return {**REFUSED, "reason": "unknown_other"}
        return release.reply(query)

    return reply


def shares(seeds: Seeds) -> tuple[float, float]:
    """Return the shares of mended and of unspoilt answers that the mock repair comes to."""
    incident = part("incident").draw_incident(seeds.kit)
    world = part("planning").unseen(seeds)
    oracle = part("oracle").Oracle
    right, faulty = oracle(world, incident.sound), oracle(world, incident.faulty)
    reply = inverted(world, incident.faulty)
    found: dict[bool, list[bool]] = {True: [], False: []}
    for query in part("queries").hidden(world, seeds.graded):
        expected = right.reply(query)
        found[expected != faulty.reply(query)].append(reply(query) == expected)
    mended, unspoilt = (sum(found[one]) / len(found[one]) for one in (True, False))
    return mended, unspoilt


def test_known_name_parts_look_like_a_repair_without_a_pack_and_like_a_ruin_with_one() -> None:
    mended, unspoilt = shares(WITHOUT)
    assert mended >= 0.95
    assert unspoilt >= 0.95
    _, unspoilt = shares(WITH)
    assert unspoilt <= 0.3


def test_the_repair_itself_needs_no_name_and_holds_with_a_pack() -> None:
    incident, world = part("incident").draw_incident(WITH.kit), part("planning").unseen(WITH)
    plan = HARNESS.prepare(WITH)
    assert any(dict(one.data) == world.files() for one in plan.services)
    right = part("oracle").Oracle(world, incident.sound)
    refused = sum(
        right.reply(query)["reason"] == "unknown_product"
        for query in part("queries").hidden(world, WITH.graded)
    )
    assert 0 < refused < 80


def test_no_kit_and_no_other_service_of_the_plan_knows_the_pack() -> None:
    assert HARNESS.kit(WITH.kit) == HARNESS.kit(WITHOUT.kit)
    one, other = (wire.encode(HARNESS.prepare(seeds)) for seeds in (WITHOUT, WITH))
    assert one != other
    kit = b"\n".join(HARNESS.kit(WITH.kit).files.values())
    assert not any(name.encode() in kit for name in ("Abro", "Bexal", "Kelmo"))


def test_content_that_cannot_be_used_is_told_with_its_line() -> None:
    content = PACK.replace(b"Abro, ", b"abro, ")
    with pytest.raises(Refused) as refused:
        HARNESS.check_pack(content)
    assert [(one.path, one.line) for one in refused.value.findings] == [("content.yml", 3)]
