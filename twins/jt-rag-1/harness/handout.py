"""What the learner starts from: the scaffold, a corpus of the kit's own, and answered questions."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from jobtwin.harness import scaffold
from jobtwin.harness.contract import Kit
from jobtwin.harness.draw import generator, subseed

from .corpus import plan, scale_of
from .questions import questions

SCAFFOLD = Path(__file__).parents[1] / "scaffold"
_NAMES = ("Imke Brandt", "Rosa Okafor", "Tomas Lind", "Yuki Arai", "Dana Whitlow", "Paul Serrano")


def kit_world(kit_seed: bytes) -> bytes:
    """Return the seed of the kit's own corpus; a small kit has a small one."""
    derived = subseed(kit_seed, "kit/world")
    return kit_seed[:16] + derived[:16] if scale_of(kit_seed).questions["clean"] < 10 else derived


@lru_cache(maxsize=2)
def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit of `kit_seed`."""
    from .rendering import render

    drawn = render(kit_world(kit_seed))
    files = repository(kit_seed)
    files |= {f"data/corpus/{name}.pdf": content for name, content in drawn.items()}
    return Kit(dict(sorted(files.items())), facts(kit_seed))


def repository(kit_seed: bytes) -> dict[str, bytes]:
    """Return the kit without its PDFs: what a learner commits."""
    blanks = facts(kit_seed)
    files = scaffold.filled(scaffold.read(SCAFFOLD), blanks)
    files["data/dev.jsonl"] = dev_lines(kit_world(kit_seed))
    return files


def dev_lines(world: bytes) -> bytes:
    """Return the questions of a world with their answers, one JSON object a line."""
    lines = [
        json.dumps(
            {
                "id": one.id,
                "query": one.text,
                "language": one.language,
                "stratum": one.stratum,
                "doc_id": one.document,
                "page": one.page,
                "answer": one.answer,
                "superseded": list(one.superseded),
            },
            ensure_ascii=False,
        )
        for one in questions(world)
    ]
    return ("\n".join(lines) + "\n").encode()


def facts(kit_seed: bytes) -> dict[str, str]:
    """Return what the brief and the README are filled with."""
    world = kit_world(kit_seed)
    corpus = plan(world)
    return {
        "lead": generator(kit_seed, "facts").choice(_NAMES),
        "documents": str(len(corpus.documents)),
        "pages": str(sum(len(one.pages) for one in corpus.documents)),
        "questions": str(sum(scale_of(world).questions.values())),
        "identity": corpus.identity[:16],
    }
