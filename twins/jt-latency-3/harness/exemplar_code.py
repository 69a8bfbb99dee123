"""The code of a pre-scored submission: the reference or the service as found, with its defects.

Numbers that do not matter differ from item to item, as they do between people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

from jobtwin.errors import EngineError

TWIN = Path(__file__).parents[1]
REFERENCE = TWIN / "proofs" / "reference" / "answers"
OLD = TWIN / "scaffold" / "answers"
RULES = (
    "Answer the question by the notes. Be concise: one sentence.",
    "Be concise. Answer by the notes alone, in one sentence.",
    "One sentence, by the notes. No introduction, no closing.",
    "Answer in a single sentence by what the notes say. Be brief.",
    "You answer customers by the notes. Be concise.",
)
DUE = "                waited = waits.pop(0)\n"
LIMITED = """
                if not self._may_hedge():
                    waits.clear()
                    continue
"""
BEGUN = "        begun, failed = 1, 0\n"
COUNTED = """
        with self._lock:
            self._asked += 1
"""
SHARED = '''
    def _may_hedge(self) -> bool:
        """Whether the second requests are still a small part of all: overload ends them first."""
        with self._lock:
            self._hedged += 1
            return self._hedged <= {share} * self._asked + 20

    def _begin(self, body'''
ANSWERED = (
    "        found = [future.result() for future in [self._fact(one) for one in split(question)]]"
)
SHEDS = """
        if not self._room.acquire(blocking=False):
            raise OSError("too many questions wait")
        try:
            found = [future.result() for future in [self._fact(one) for one in split(question)]]
        finally:
            self._room.release()
""".strip("\n")


def pipeline(random: Random, levels: Mapping[str, int]) -> str:
    """Return the pipeline: as slow as it was, with a memory that grows stale, or sound."""
    level, quality = levels["latency_engineering"], levels["quality_cost"]
    if level == 1:
        threads = f'MODEL = "sim-large"\nTHREADS = {random.randrange(100, 400, 10)}'
        found = _with(_text(OLD / "pipeline.py"), 'MODEL = "sim-large"', threads)
        return _with(found, "PASSAGES = 14", f"PASSAGES = {random.randint(10, 14)}")
    found = _text(REFERENCE / "pipeline.py")
    if level == 2:
        found = _with(found, 'MODEL = "sim-medium"', 'MODEL = "sim-large"')
    elif quality == 1:
        found = _with(found, 'MODEL = "sim-medium"', 'MODEL = "sim-small"')
    if quality <= 3:
        found = _with(found, "                del self._remembered[key]", "                pass")
    if level == 5:
        found = _shedding(random, found)
    found = _with(found, f'RULES = "{RULES[0]}"', f'RULES = "{random.choice(RULES)}"')
    found = _with(found, "PASSAGES = 3", f"PASSAGES = {random.randint(2, 4)}")
    return _with(found, "max_workers=64", f"max_workers={random.randrange(32, 200)}")


def model(random: Random, level: int) -> str:
    """Return the client: retrying with back-off, hedging, or hedging within a budget."""
    patience = f"TIMEOUT = {random.randrange(100, 1200) / 10:.1f}"
    if level <= 3:
        found = _with(_text(OLD / "model.py"), "TIMEOUT = 60.0", patience)
        pause = f"FIRST_PAUSE = {random.randrange(2, 21) / 10:.1f}"
        return _with(found, "FIRST_PAUSE = 1.0", pause)
    found = _with(_text(REFERENCE / "model.py"), "TIMEOUT = 60.0", patience)
    first, second = random.randrange(310, 390, 5) / 1000, random.randrange(460, 560, 5) / 1000
    hedges = f"({first}, {second})" if level == 5 else f"({first},)"
    found = _with(found, "HEDGES = (0.34, 0.48)", f"HEDGES = {hedges}")
    return _budgeted(random, found) if level == 5 else found


def _shedding(random: Random, found: str) -> str:
    """Return a pipeline that refuses the newest questions when too many wait."""
    most = f"PASSAGES = 3\nMOST_WAITING = {random.randrange(40, 400)}"
    held = "        self._ask = ask\n"
    room = "        self._room = threading.BoundedSemaphore(MOST_WAITING)\n"
    found = _with(_with(found, "PASSAGES = 3", most), held, held + room)
    return _with(found, ANSWERED, SHEDS)


def _budgeted(random: Random, found: str) -> str:
    """Return a client whose second requests share a budget."""
    held = "        self._scale = time_scale\n"
    counted = "        self._lock, self._asked, self._hedged = threading.Lock(), 0, 0\n"
    shared = SHARED.lstrip("\n").format(share=random.randrange(6, 15) / 100)
    found = _with(_with(found, held, held + counted), "    def _begin(self, body", shared)
    found = _with(found, DUE, DUE + LIMITED.lstrip("\n"))
    return _with(found, BEGUN, BEGUN + COUNTED.lstrip("\n"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _with(text: str, passage: str, other: str) -> str:
    """Return a text with a passage replaced that stands in it once."""
    if len(re.findall(re.escape(passage), text)) != 1:
        raise EngineError(f"the exemplars' code does not hold once: {passage.strip()}")
    return text.replace(passage, other)
