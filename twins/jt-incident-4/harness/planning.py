"""What is run: the learner's service on a fresh world, and four look-alikes on the kit's world."""

from __future__ import annotations

from jobtwin.harness.contract import LearnerQuery, Plan, Seeds, Service, TestRun
from jobtwin.harness.draw import generator, subseed

from .code import pipeline_path, repository, runnable, switching
from .incident import Incident, draw_incident
from .packs import names_of
from .queries import hidden
from .world import World, draw_world

VARIANTS = ("untouched", "own", "reference", "special-case")
REPRO = LearnerQuery("repro.json", "call")


def ids_of(seeds: Seeds) -> dict[str, str]:
    """Return role → opaque id; roles are the variants and `graded`, the learner's hidden exam."""
    random = generator(seeds.graded, "plan/ids")
    roles = [*VARIANTS, "graded"]
    return {role: f"{random.getrandbits(48):012x}" for role in roles}


def unseen(seeds: Seeds) -> World:
    """Return the pharmacy that nobody has seen, with names of the private pack where one is."""
    return draw_world(subseed(seeds.graded, "world"), names_of(seeds.pack))


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`: questions without answers, services without labels."""
    incident, ids = draw_incident(seeds.kit), ids_of(seeds)
    world = unseen(seeds)
    graded = Service(ids["graded"], None, world.files(), hidden(world, seeds.graded))
    data = incident.world.files()
    services = [
        Service(ids[role], _files(role, incident), data, learner_query=_query(role))
        for role in VARIANTS
    ]
    random = generator(seeds.graded, "plan/order")
    random.shuffle(services)
    runs = [TestRun(service.id, service.id) for service in services]
    services.insert(random.randrange(len(services) + 1), graded)
    return Plan(tuple(services), tuple(runs))


def _query(role: str) -> LearnerQuery | None:
    return REPRO if role in ("untouched", "reference") else None


def _files(role: str, incident: Incident) -> dict[str, bytes] | None:
    if role == "own":
        return None
    chosen = incident.sound if role == "reference" else incident.faulty
    files = runnable(repository(incident.seed, chosen))
    if role == "special-case":
        requests = [record.request for record in incident.reported]
        text = switching(incident.seed, files, incident.kind, incident.sound, requests)
        files[pipeline_path(incident.seed)] = text.encode()
    return files
