"""What learner code took is known afterwards, beside the limit that it had."""

from __future__ import annotations

import sys

import pytest

from jobtwin.harness.metering import Meter, Metered
from jobtwin.harness.sandbox.protocol import MIB, Exit, Limits
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

LIMITS = Limits(wall_seconds=20, cpu_seconds=10, memory_bytes=100 * MIB)
HUNGRY = "import time; x = bytearray(82 << 20); x[::4096] = b'x' * len(x[::4096]); time.sleep(1)"
BUSY = "import time; s = time.process_time()\nwhile time.process_time() - s < 0.6: pass"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def metered(*programs: str) -> Meter:
    meter = Meter()
    sandbox = Metered(Unsandboxed(), meter)
    for program in programs:
        assert sandbox.run(["python", "-c", program], limits=LIMITS).outcome is Exit.EXITED
    return meter


def test_memory_and_time_are_those_of_the_sandbox_that_took_most() -> None:
    meter = metered(HUNGRY, "pass")
    assert 82 < meter.memory.most < 100
    assert meter.memory.share == pytest.approx(meter.memory.most / 100, abs=0.001)
    assert 1 <= meter.wall.most < 20
    assert meter.wall.share == pytest.approx(meter.wall.most / 20, abs=0.001)


def test_processor_time_is_that_of_the_process_that_took_most() -> None:
    meter = metered(BUSY)
    assert 0.3 < meter.cpu.most < 5
    assert list(meter.tight()) == []


def test_a_limit_that_leaves_no_room_is_told() -> None:
    (told,) = metered(HUNGRY).tight()
    assert told.startswith("took ")
    assert told.endswith(" of its memory limit, over 80%")


def test_a_metered_sandbox_is_called_like_the_one_within() -> None:
    assert Metered(Unsandboxed(), Meter()).name == "unsandboxed"
