"""What the learner starts from: the repository of one kit seed, and the brief's own facts."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from random import Random

from jobtwin.harness import scaffold
from jobtwin.harness.contract import Kit
from jobtwin.harness.draw import generator

from . import banks
from .code import repository
from .incident import Incident, draw_incident
from .trace import Record, as_lines

DOWNTIME = dt.timedelta(minutes=4)


@lru_cache(maxsize=4)
def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit of `kit_seed`."""
    incident = draw_incident(kit_seed)
    facts = _facts(incident)
    files = repository(kit_seed, incident.faulty)
    filled = scaffold.filled(files, facts)
    data = incident.world.files("data/")
    trace = {"incident/trace.jsonl": as_lines(incident.trace)}
    return Kit(dict(sorted({**filled, **data, **trace}.items())), _brief(facts))


def _brief(facts: dict[str, str]) -> dict[str, str]:
    shown = ("company", "assistant", "branches", "date", "opened", "officer", "release", "requests")
    return {name: facts[name] for name in shown}


def _facts(incident: Incident) -> dict[str, str]:
    random = generator(incident.seed, "facts")
    plain = next(
        row
        for row in incident.world.tables["products"]
        if row["marketed"] and _plain(incident, row)
    )
    example = {"product": plain["name"], "ask": "storage"}
    year_release = f"{incident.onset:%y}.{incident.onset.month}.{random.randint(1, 9)}"
    people = random.sample(banks.PEOPLE, 3)
    return {
        "company": random.choice(banks.COMPANIES),
        "assistant": random.choice(banks.ASSISTANTS),
        "branches": str(random.randrange(40, 390, 5)),
        "officer": people[0],
        "release": year_release,
        "requests": f"{len(incident.trace):,}",
        "date": f"{incident.onset:%d %B %Y}",
        "opened": f"{incident.opened:%H:%M}",
        "plain_product": plain["id"],
        "example_request": json.dumps(example, ensure_ascii=False),
        "deploys": _deploys(random, incident, year_release),
        "entries": _entries(random, incident, people),
    }


def _plain(incident: Incident, product: dict[str, object]) -> bool:
    """Whether nothing about the product's leaflets is remarkable in any class."""
    rows = [r for r in incident.world.tables["leaflets"] if r["product"] == product["id"]]
    notices = [r for r in incident.world.tables["withdrawals"] if r["product"] == product["id"]]
    digits = {len(row["version"]) for row in rows} | {len(row["before"]) for row in notices}
    return digits == {3} and rows[-1]["status"] == "draft"


def _deploys(random: Random, incident: Incident, release: str) -> str:
    """Return the board's rows: neighbours of the release that say as little as it does."""
    step = dt.timedelta(minutes=random.randint(50, 110))
    rows = [
        (incident.onset - 2 * step, "gateway: certificates renewed"),
        (incident.onset - step, "register copy: nightly job moved to another host"),
        (
            incident.onset - DOWNTIME,
            (
                f"assistant {release}: {random.randint(9, 23)} merged changes all along the "
                "pipeline, Python patch level, rollout in four minutes"
            ),
        ),
        (incident.onset + step // 2, "kiosks: new screen saver"),
    ]
    return "\n".join(f"| {at:%H:%M} | {what} |" for at, what in rows)


def _entries(random: Random, incident: Incident, people: list[str]) -> str:
    """Return the log in the order of time: three complaints that matter among three that do not."""
    words = random.sample(banks.COMPLAINTS, 3)
    entries = [
        (record.at + dt.timedelta(minutes=random.randint(4, 10)), _complaint(record, text))
        for record, text in zip(incident.reported, words, strict=True)
    ]
    span = int((incident.opened - incident.onset).total_seconds() // 60)
    for text in random.sample(banks.BYSTANDERS, 3):
        at = incident.onset + dt.timedelta(minutes=random.randrange(-40, span - 2))
        branch = random.choice(banks.TOWNS)
        entries.append((at, f"Customer at {branch}: “{text}” Support: noted."))
    handed = f"Support lead {people[1]} asks {people[2]} (platform): “Any alert?” “All green.”"
    entries.append((incident.opened - dt.timedelta(minutes=2), handed))
    entries.sort(key=lambda entry: entry[0])
    return "\n\n".join(f"**{at:%H:%M}** {text}" for at, text in entries)


def _complaint(record: Record, text: str) -> str:
    request = json.dumps(record.request, ensure_ascii=False)
    return (
        f"Customer, request `{record.row['id']}`: “{text}”\n\n"
        f"    {request}\n\nThe gateway's log has the answer."
    )
