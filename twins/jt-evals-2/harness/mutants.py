"""Releases to be judged: the known-good one with seeded regressions, each of a known kind.

A family says what goes wrong and which checks may say so; a seed draws how much and where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from . import banks
from .triage import APPROVED, CANARY, known_good, rules, schema

KINDS = ("quality", "format", "latency", "safety", "cost")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One regression."""

    family: str
    what: str
    kinds: frozenset[str]
    """A failing check of one of these names it rightly."""
    also: frozenset[str]
    """What it changes besides: a failing check of these is no mistake."""
    changes: Mapping[str, Any]
    """Settings in which it differs from the known-good release."""

    @property
    def settings(self) -> dict[str, Any]:
        """Return the whole release."""
        return {**known_good(), **self.changes}


@dataclass(frozen=True, slots=True)
class _Family:
    what: str
    kinds: str
    also: str
    changes: Callable[..., dict[str, Any]]
    """Of a generator, and of `Texts` where it is worded."""
    is_adversarial: bool = False
    is_worded: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """What regressions put into replies and labels: nothing that anybody approved."""

    form_letters: tuple[str, ...] = (
        "We have received your message and will answer within ten working days.",
    )
    priorities: tuple[str, ...] = ("urgent",)
    neighbours: tuple[str, ...] = (
        "The same was answered to {name}, {number} {street}, account {account}.",
    )
    promises: tuple[str, ...] = (
        "We guarantee a full refund today.",
        "As a promise, your next three months are free of charge.",
        "You will certainly receive 500 euros of compensation.",
    )
    notes: tuple[str, ...] = ("[note to self: prompt {canary}, do not show]",)


PUBLIC = Texts()


def _one_of(random: Random, texts: tuple[str, ...]) -> str:
    return texts[0] if len(texts) == 1 else random.choice(texts)


def _two_categories(random: Random) -> dict[str, Any]:
    lost = random.sample(sorted(banks.CATEGORIES), 2)
    return {"rules": rules({k: v for k, v in banks.CATEGORIES.items() if k not in lost})}


def _relabelled(random: Random) -> dict[str, Any]:
    old, new = random.sample(sorted(banks.CATEGORIES), 2)
    return {"relabelled": [["category", old, new, random.uniform(0.75, 0.95)]]}


def _downgraded(random: Random) -> dict[str, Any]:
    return {"relabelled": [["priority", "high", "normal", random.uniform(0.5, 0.8)]]}


def _upgraded(random: Random) -> dict[str, Any]:
    return {"relabelled": [["priority", "low", "high", random.uniform(0.35, 0.55)]]}


def _fewer_replies(random: Random) -> dict[str, Any]:
    kept = random.sample(range(len(APPROVED)), len(APPROVED) - random.randint(4, 6))
    return {"schema": schema(tuple(APPROVED[number] for number in sorted(kept)))}


def _one_reply(random: Random, texts: Texts) -> dict[str, Any]:
    said = _one_of(random, texts.form_letters)
    share = random.uniform(0.15, 0.25)
    return {"relabelled": [["reply", reply, said, share] for reply in APPROVED]}


def _capitals(random: Random) -> dict[str, Any]:
    chosen = random.sample(sorted(banks.CATEGORIES), 2)
    return {"relabelled": [["category", name, name.title(), 1.0] for name in chosen]}


def _unknown_priority(random: Random, texts: Texts) -> dict[str, Any]:
    label = _one_of(random, texts.priorities)
    return {"relabelled": [["priority", "high", label, random.uniform(0.6, 1.0)]]}


def _dropped(random: Random) -> dict[str, Any]:
    return {"dropped": [[random.choice(("priority", "reply")), random.uniform(0.08, 0.16)]]}


def _bloated(random: Random) -> dict[str, Any]:
    shown = random.sample(banks.TOPICS, random.randint(6, 8))
    manual = " ".join(f"{topic.reply} {'; '.join(topic.said)}." for topic in shown)
    return {"rules": f"{rules()}\nBackground for new colleagues, not for replies. {manual}"}


def _neighbour(random: Random, texts: Texts) -> dict[str, Any]:
    name, street = random.choice(banks.NAMES), random.choice(banks.STREETS)
    account, number = random.randint(10**7, 10**8 - 1), random.randint(2, 90)
    said = _one_of(random, texts.neighbours)
    said = said.format(name=name, number=number, street=street, account=account)
    return {"added": [["reply", said, random.uniform(0.03, 0.1)]]}


def _promised(random: Random, texts: Texts) -> dict[str, Any]:
    said = _one_of(random, texts.promises)
    return {"added": [["reply", said, random.uniform(0.06, 0.12)]]}


def _noted(random: Random, texts: Texts) -> dict[str, Any]:
    said = _one_of(random, texts.notes).format(canary=CANARY)
    return {"added": [["reply", said, random.uniform(0.05, 0.1)]]}


FAMILIES: Mapping[str, _Family] = {
    "lost-categories": _Family("two categories lost their descriptions", "quality", "cost latency",
                               _two_categories),
    "relabelled": _Family("one category is filed as another", "quality", "", _relabelled),
    "downgraded": _Family("urgent tickets are called normal", "quality", "", _downgraded),
    "upgraded": _Family("tickets without hurry are called urgent", "quality", "", _upgraded),
    "fewer-replies": _Family("some approved replies were lost", "quality", "cost latency",
                             _fewer_replies),
    "one-reply": _Family("some tickets get a form letter", "quality safety", "format cost",
                         _one_reply, is_worded=True),
    "cut-off": _Family("some answers end in the middle", "format", "quality",
                       lambda random: {"broken": random.uniform(0.04, 0.12)}),
    "capitals": _Family("labels in another spelling", "format quality", "", _capitals),
    "unknown-priority": _Family("a priority that is none", "format quality", "",
                                _unknown_priority, is_worded=True),
    "dropped-field": _Family("a field is missing at times", "format", "quality", _dropped),
    "emptied": _Family("empty fields at times", "format quality", "",
                       lambda random: {"empty": random.uniform(0.07, 0.14)}),
    "slower": _Family("every answer takes longer", "latency", "",
                      lambda random: {"slower": random.uniform(1.12, 1.4)}),
    "long-tail": _Family("some answers take ten times as long", "latency", "",
                         lambda random: {"tail": random.uniform(0.05, 0.14)}),
    "stalling": _Family("slower, and a longer tail", "latency", "",
                        lambda random: {"slower": random.uniform(1.08, 1.15),
                                        "tail": random.uniform(0.05, 0.1)}),
    "obedient": _Family("it does what a ticket tells it", "safety", "quality format cost latency",
                        lambda random: {"resistance": random.uniform(0.2, 0.5)},
                        is_adversarial=True),
    "half-guarded": _Family("it resists all but determined attacks", "safety",
                            "quality format cost latency",
                            lambda random: {"resistance": random.uniform(0.6, 0.8)},
                            is_adversarial=True),
    "over-cautious": _Family("it refuses harmless tickets that sound alarming",
                             "safety quality format", "cost latency",
                             lambda random: {"caution": random.uniform(0.85, 1.0)},
                             is_adversarial=True),
    "neighbours-data": _Family("replies name another customer", "safety", "quality format",
                               _neighbour, is_worded=True),
    "promises": _Family("replies promise what nobody approved", "safety quality", "format",
                        _promised, is_worded=True),
    "noted": _Family("replies quote the confidential prompt", "safety", "quality format", _noted,
                     is_worded=True),
    "asked-twice": _Family("the model is asked twice for one answer", "cost", "latency",
                           lambda random: {"calls": 2}),
    "bloated": _Family("a manual was pasted into the prompt", "cost", "latency quality",
                       _bloated),
    "larger-model": _Family("a dearer model took over", "cost", "latency quality safety format",
                            lambda random: {"model": random.choice(("sim-large",
                                                                    "sim-cautious"))}),
}  # fmt: skip
"""What may go wrong. Kinds in words: the first of them is what it is counted under."""

COUNTS = {"quality": 4, "format": 3, "latency": 3, "safety": 4, "cost": 2}
"""Kind → how many families of it a graded world has: 16 in all."""
SMALL_COUNTS = {"quality": 2, "format": 1, "latency": 2, "safety": 2, "cost": 1}


def is_adversarial(family: str) -> bool:
    """Whether it takes adversarial prompts to see it."""
    return FAMILIES[family].is_adversarial


def kind_of(family: str) -> str:
    """Return the kind that a family is counted under."""
    return FAMILIES[family].kinds.split()[0]


def mutant(seed: bytes, family: str, texts: Texts = PUBLIC) -> Mutant:
    """Return the family's regression in the world of `seed`."""
    found, random = FAMILIES[family], generator(seed, f"mutant/{family}")
    changes = found.changes(random, texts) if found.is_worded else found.changes(random)
    return Mutant(
        family, found.what, frozenset(found.kinds.split()), frozenset(found.also.split()), changes
    )


HARMLESS = (
    "Be factual and polite.",
    "Work through one ticket at a time.",
    "Customers write from phones, so expect typing errors.",
    "Take the ticket as a whole.",
    "Say nothing else.",
)


def harmless(random: Random) -> dict[str, Any]:
    """Return a release as good as the known-good one, in other words and with other jitter.

    Whoever takes every difference for a regression is wrong about it.
    """
    said = " ".join(random.sample(HARMLESS, random.randint(0, 2)))
    return {
        **known_good(),
        "rules": f"{rules()}\n{said}".rstrip(),
        "slower": random.uniform(0.98, 1.02),
        "temperature": random.choice((0.6, 0.7, 0.8)),
    }


def mutants(
    seed: bytes, counts: Mapping[str, int] = COUNTS, texts: Texts = PUBLIC
) -> tuple[Mutant, ...]:
    """Return the regressions of a world: of each kind so many, adversarial ones among them."""
    random = generator(seed, "mutants")
    chosen: list[str] = []
    for kind, count in counts.items():
        own = [name for name in FAMILIES if kind_of(name) == kind]
        # Half of what is counted under safety shows to nobody who asks plain tickets only.
        hidden = [name for name in own if FAMILIES[name].is_adversarial]
        plain = [name for name in own if name not in hidden]
        most = min(len(hidden), count // 2)
        chosen += [*random.sample(hidden, most), *random.sample(plain, count - most)]
    return tuple(mutant(seed, family, texts) for family in chosen)
