"""What a good on-call engineer hands in, per class: the source of proofs and gold items."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobtwin.harness.contract import Receipt

from . import pieces
from .code import piece_path, pinned, repository
from .incident import Incident
from .oracle import Oracle
from .trace import Record

STARTED = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
"""When an exemplary attempt starts; only differences matter."""

TEST_PATH = "tests/regression/test_incident.py"
ALERTS_PATH = "monitoring/alerts.yml"

CLASS_TESTS: Mapping[str, str] = {
    "find": '''"""A name that we do not carry is unknown, however near it is to one that we do."""


def sound_alike(word):
    return word[:-2] + ("o" if word[-2] != "o" else "u") + word[-1]


def test_a_sound_alike_of_any_product_is_unknown(ask, table):
    for product in table("products"):
        brand, rest = product["name"].split(" ", 1)
        typed = f"{sound_alike(brand)} {rest}"
        answer = ask(product=typed, ask="storage")
        assert (answer["status"], answer["reason"]) == ("refused", "unknown_product"), typed
''',
    "latest": '''"""Every answer rests on the newest approved version that no notice has voided."""


def order(version):
    return [int(part) for part in version.split(".")]


def in_force(product, leaflets, notices):
    floors = [order(row["before"]) for row in notices if row["product"] == product]
    standing = [
        row["version"]
        for row in leaflets
        if row["product"] == product
        and row["status"] == "approved"
        and all(order(row["version"]) >= floor for floor in floors)
    ]
    return max(standing, key=order, default=None)


def test_every_product_is_answered_from_the_version_in_force(ask, table):
    leaflets, notices = table("leaflets"), table("withdrawals")
    for product in table("products"):
        if not product["marketed"]:
            continue
        version = in_force(product["id"], leaflets, notices)
        answer = ask(product=product["name"], ask="storage")
        if version is None:
            assert answer["reason"] == "no_current_leaflet", product["name"]
        else:
            assert answer["citation"]["version"] == version, product["name"]
''',
    "dose": '''"""No dose is above the largest single dose of the table, whatever the weight."""


def test_no_dose_of_any_product_exceeds_its_maximum(ask, table):
    rows = {(row["product"], row["version"]): row for row in table("dosing")}
    checked = 0
    for product in table("products"):
        for weight in (30, 55, 90, 250):
            answer = ask(product=product["name"], ask="dose", weight_kg=weight)
            if answer["status"] == "refused":
                continue
            row = rows[product["id"], answer["citation"]["version"]]
            wanted = min(weight * row["mg_per_kg"], row["max_single_mg"])
            assert answer["facts"]["dose_mg"] == wanted // row["step_mg"] * row["step_mg"], product
            checked += 1
    assert checked
''',
    "context": '''"""Every interaction that the leaflet in force lists is reported."""


def test_every_listed_interaction_is_reported(ask, table):
    names = {row["id"]: row["name"] for row in table("substances")}
    listed = {}
    for row in table("interactions"):
        listed.setdefault((row["product"], row["version"]), []).append(row)
    for product in table("products"):
        place = ask(product=product["name"], ask="storage")["citation"]
        if place is None:
            continue
        for row in listed[product["id"], place["version"]]:
            other = names[row["substance"]]
            answer = ask(product=product["name"], ask="interaction", **{"with": other})
            assert answer["facts"] == {"interaction": True, "severity": row["severity"]}, other
''',
}

CLASS_RULES: Mapping[str, str] = {
    "find": """  - name: answered-under-another-name
    metric: count
    of: matched_key != typed_key
    where: status == answered
    window_minutes: 30
    comparator: ">="
    threshold: 3
""",
    "latest": """  - name: version-not-in-force
    metric: count
    of: cited_version != register_version
    window_minutes: 30
    comparator: ">="
    threshold: 3
""",
    "dose": """  - name: dose-above-register-maximum
    metric: count
    of: dose_mg > register_max_mg
    window_minutes: 30
    comparator: ">="
    threshold: 3
""",
    "context": """  - name: interaction-denied-on-a-cut-section
    metric: count
    of: section_used < section_total
    where: ask == interaction and interaction_found == false
    window_minutes: 30
    comparator: ">="
    threshold: 3
""",
}

CAUSES: Mapping[str, str] = {
    "find": "a name that was not in the catalogue was not refused but replaced by the most similar "
    "name we carry. The pipeline then answered, correctly and with a citation, about a medicine "
    "that the patient had not asked for",
    "latest": "version numbers were compared as text or as decimals, so that 2.9 counted as newer "
    "than 2.10. A withdrawal notice for everything below 2.10 therefore missed 2.9, and products "
    "whose versions had passed ten were answered from leaflets no longer in force",
    "dose": "the amount for the body weight was never limited to the largest single dose of the "
    "table. Children under the limiting weight got right doses, so tests with small weights "
    "passed, while everybody heavier was told an amount that the table does not allow",
    "context": "the passages on interactions were themselves cut at the context budget. In long "
    "leaflets the last rows never reached the composer, which took their absence for the absence "
    "of an interaction and said that none is known",
}


def mended(files: Mapping[str, bytes], incident: Incident, piece: str) -> dict[str, bytes]:
    """Return `files` with the module at fault replaced by `piece` in the kit's own names."""
    path = piece_path(incident.seed, pieces.MODULES[incident.kind])
    chosen = replace(incident.faulty, **{incident.kind: piece})
    return {**files, path: repository(incident.seed, chosen)[path]}


def sound_piece(incident: Incident) -> str:
    """Return the piece that the reference fix uses."""
    piece: str = getattr(incident.sound, incident.kind)
    return piece


def pinned_pipeline(incident: Incident) -> str:
    """Return the pipeline that answers exactly the reported examples rightly, and no other."""
    files = repository(incident.seed, incident.faulty)
    oracle = Oracle(incident.world, incident.sound)
    answers: list[tuple[Any, Any]] = []
    for record in incident.reported:
        reply, seen = oracle.watch(record.request)
        text = "Please ask at the counter." if reply["status"] == "refused" else "See the leaflet."
        answers.append((record.request, {**reply, "ask": seen.ask, "text": text, "flags": []}))
    return pinned(incident.seed, files, answers)


def narrow_test(records: Sequence[Record]) -> str:
    """Return a test that knows the given requests and nothing else."""
    cases = ",\n".join(
        f"    ({r.request!r}, {r.expected['facts']!r}, {r.expected['citation']!r})" for r in records
    )
    return f'''"""The requests that customers complained about are answered rightly."""

CASES = [
{cases},
]


def test_the_reported_requests_are_answered_rightly(ask):
    for request, facts, citation in CASES:
        answer = ask(**request)
        assert answer["facts"] == facts
        assert answer["citation"] == citation
'''


VACUOUS_TESTS = (
    '''"""Numbers of the release."""

MAXIMUM = 8


def test_the_maximum_is_a_positive_number():
    assert MAXIMUM > 0
    assert MAXIMUM == 8
''',
    '''"""The assistant can be asked."""


def test_a_question_gets_a_reply(ask, table):
    product = table("products")[0]
    answer = ask(product=product["name"], ask="storage")
    assert isinstance(answer, dict)
    assert "status" in answer
''',
    '''"""Whatever it says, it says it twice."""


def test_the_same_question_gets_the_same_answer(ask, table):
    for product in table("products")[:5]:
        question = {"product": product["name"], "ask": "storage"}
        assert ask(**question) == ask(**question)
''',
)
"""More tests that cannot fail on the incident, for gold submissions."""
VACUOUS_TEST = '''"""The assistant still answers."""


def test_the_assistant_answers_or_refuses(ask, table):
    for product in table("products"):
        answer = ask(product=product["name"], ask="storage")
        assert answer["status"] in ("answered", "refused")
'''


def repro(incident: Incident) -> dict[str, Any]:
    """Return a valid repro: the first reported request, and what it gives before and after."""
    record = incident.reported[0]
    return {
        "class": incident.kind,
        "call": record.request,
        "got": record.reply,
        "expected": record.expected,
    }


def update(impact: str, status: str, following: str) -> bytes:
    """Return one status update as a file."""
    fields = {"impact": impact, "status": status, "next_update": following}
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return ("\n".join(lines) + "\n").encode()


def timeline(moments: Mapping[str, float], opening: str, ending: str) -> str:
    """Return a timeline with the receipts of `moments` between an opening and an ending."""
    stamps = sorted((minutes, tag) for tag, minutes in moments.items())
    told = [f"- {clock(m)} [{tag}] {TOLD.get(tag, 'Status update sent.')}" for m, tag in stamps]
    return "\n".join([f"- {clock(0)} {opening}", *told, f"- {clock(88)} {ending}"])


def post_mortem(incident: Incident, moments: Mapping[str, float]) -> str:
    """Return an exemplary post-mortem; `moments` are minutes after STARTED by timeline tag."""
    told = timeline(
        moments,
        "Paged; log and the three complaints read, the first one replayed.",
        "Hotfix, regression test and alert rule handed in.",
    )
    return f"""# Post-mortem: wrong answers after the morning's release

## Timeline

{told}

## Root cause

In the last release, {CAUSES[incident.kind]}.

The guard rails check that an answer has a citation, not that it is the right one. The review
looked at single examples, no test covered the rule over the whole catalogue, and no alert compared
what we said with what the register says.

## Blast radius

Wrong answers: {incident.wrong}

Counted by sending every request of the trace, from {incident.onset:%H:%M} to its end, to the mended
service and comparing status, facts and citation. All were shown to patients or printed.

## Follow-ups

- Call the patients behind the wrong answers back — owner: Safety desk — due: 2031-03-05
- Run the regression test before every rollout — owner: Platform — due: 2031-03-11
- Compare facts with the register in the guard rails — owner: Assistant team — due: 2031-03-25
- Review the contract's other rules the same way — owner: Assistant team — due: 2031-04-01
"""


TOLD = {"repro": "Root cause confirmed by a minimal request."}


def clock(minutes: float) -> str:
    """Return the time of day so many minutes after STARTED."""
    return f"{STARTED + timedelta(minutes=minutes):%H:%M}"


def receipts(inbox: Mapping[str, bytes], moments: Mapping[str, float]) -> tuple[Receipt, ...]:
    """Return receipts in which each inbox file first stands at its minute, the others at none."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in inbox.items()}
    stages = sorted(set(moments.values()))
    return tuple(
        Receipt(
            STARTED + timedelta(minutes=stage),
            stage,
            {path: digests[path] for path in sorted(moments) if moments[path] <= stage},
        )
        for stage in stages
    )
