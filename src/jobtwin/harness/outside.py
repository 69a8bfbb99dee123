"""What is looked at outside of the sandbox, by jobs that hold no secret: what was deployed, the
public artifact, the container.

Each job speaks for its own alone: what another one's folder says of a container is not heard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.harness import artifact, container, contract, grading, probing, wire
from jobtwin.harness.handover import Outside
from jobtwin.records.base import load
from jobtwin.records.gate import ARTIFACT_DIGEST, CONTAINER_BUILDS, CONTAINER_STARTS
from jobtwin.records.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.harness.gates import GateReturn
    from jobtwin.harness.handover import Prepared

PROBED = (ARTIFACT_DIGEST,)
CONTAINED = (CONTAINER_BUILDS, CONTAINER_STARTS)


def has_address(prepared: Prepared) -> bool:
    """Say whether a deployed service or a public artifact is to be asked for."""
    given = _twin(prepared).harness
    return bool(_plan(prepared).probes or (given and given.artifact))


def has_container(prepared: Prepared) -> bool:
    """Say whether a container is to be built and started."""
    given = _twin(prepared).harness
    return bool(given and given.container)


def probe(prepared: Prepared) -> Outside:
    """Ask for what the learner put into the open; nothing where the twin asks for none of it.

    What comes of a service is shown to the mentor, and one that nobody answers for costs no grade.
    """
    twin, plan, handed = _twin(prepared), _plan(prepared), _submission(prepared)
    probes = probing.probe_all(plan, handed, grading.entry_points_of(twin)) if plan.probes else {}
    return Outside(probes, _artifact(twin, handed.files))


def contain(prepared: Prepared, tell: Callable[[str], None] = lambda _: None) -> Outside:
    """Build and start the learner's container; nothing where the twin asks for none."""
    return Outside(gates=_container(_twin(prepared), _submission(prepared).files, tell))


def gates_of_ones_own(
    twin: Twin, files: contract.Files, tell: Callable[[str], None]
) -> Mapping[str, GateReturn]:
    """Return what comes of every gate of one's own work, looked at on one's own machine."""
    return {**_artifact(twin, files), **_container(twin, files, tell)}


def _artifact(twin: Twin, files: contract.Files) -> Mapping[str, GateReturn]:
    asked = twin.harness.artifact if twin.harness else None
    return {ARTIFACT_DIGEST: artifact.look(files, asked)} if asked else {}


def _container(
    twin: Twin, files: contract.Files, tell: Callable[[str], None]
) -> Mapping[str, GateReturn]:
    asked = twin.harness.container if twin.harness else None
    return container.look(files, asked, tell=tell) if asked else {}


def joined(ran: grading.Ran, probed: Outside, contained: Outside) -> grading.Ran:
    """Return what came back with what was seen outside beside it."""
    gates = {name: probed.gates[name] for name in PROBED if name in probed.gates}
    gates |= {name: contained.gates[name] for name in CONTAINED if name in contained.gates}
    if gates:
        ran = replace(ran, gates=gates)
    if not probed.probes:
        return ran
    returned = wire.decode(contract.Returned, ran.returned)
    return replace(ran, returned=wire.encode(replace(returned, probes=probed.probes)))


def _twin(prepared: Prepared) -> Twin:
    return load(Twin, prepared.definition, "twin.yml").record


def _plan(prepared: Prepared) -> contract.Plan:
    return wire.decode(contract.Plan, prepared.plan)


def _submission(prepared: Prepared) -> contract.Submission:
    return wire.decode(contract.Submission, prepared.submission)
