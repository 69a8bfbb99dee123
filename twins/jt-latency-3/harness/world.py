"""The shop's catalogue: products, what is true of them, and the notes that say so in prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from jobtwin.harness.draw import generator

FIRST = tuple(
    "Alder Birch Cedar Dogwood Elder Fir Gorse Hazel Ivy Juniper Kelp Larch Maple Nettle Oak Pine "
    "Quince Rowan Sorrel Thistle Umbel Viola Willow Yarrow Aspen Beech Clover Fern Heather Laurel "
    "Myrtle Sedge".split()
)
SECOND = tuple("Ridge Hollow Summit Brook Meadow Crag Haven Drift Fell Tarn".split())


@dataclass(frozen=True, slots=True)
class Attribute:
    """One kind of fact; the texts take `{p}`, a product, and `{v}`, its value."""

    id: str
    said: str
    asked: tuple[str, str]
    """Two wordings of the question."""
    compared: str
    """Of two products `{a}` and `{b}`."""
    low: int
    high: int
    tenths: bool = False


ATTRIBUTES: Mapping[str, Attribute] = {
    one.id: one
    for one in (
        Attribute(
            "weight",
            "The {p} weighs {v} kg.",
            ("What does the {p} weigh in kg?", "The {p}: what does it weigh, in kg?"),
            "Which weighs less in kg, the {a} or the {b}?",
            8,
            95,
            tenths=True,
        ),
        Attribute(
            "price",
            "The {p} costs {v} euros.",
            ("What does the {p} cost in euros?", "The {p}: what does it cost, in euros?"),
            "Which costs less in euros, the {a} or the {b}?",
            15,
            890,
        ),
        Attribute(
            "warranty",
            "The warranty on the {p} runs for {v} months.",
            (
                "What is the warranty on the {p}, in months?",
                "The {p}: what warranty has it, in months?",
            ),
            "Which warranty runs for more months, on the {a} or the {b}?",
            6,
            72,
        ),
        Attribute(
            "size",
            "Packed, the {p} measures {v} cm.",
            ("What is the {p} when packed, in cm?", "The {p}: what is it packed, in cm?"),
            "Which measures more cm packed, the {a} or the {b}?",
            12,
            140,
        ),
        Attribute(
            "delivery",
            "Delivery of the {p} takes {v} days.",
            ("What is the delivery of the {p}, in days?", "The {p}: what delivery, in days?"),
            "Which delivery takes more days, of the {a} or the {b}?",
            1,
            28,
        ),
    )
}
FILLERS = (
    "Customers take it along on long weekends, and write to tell us where they have been with it.",
    "It was designed in our own workshop and is tried by the whole team before it is sold.",
    "After use it wants to be dried in the shade, brushed off and kept in a dry and airy place.",
    "Spare parts are held in stock by our repair desk, which also mends what was bought elsewhere.",
    "The colours follow the season, and the older ones are sold until the last of them is gone.",
    "Its maker pays for the journey back when something has broken that should not have broken.",
    "Guides who use it every day say that it ages well and becomes softer without wearing thin.",
    "It comes in a plain box without plastic, which serves as a storage box through the winter.",
)
ABOUT = (
    "People who own the {p} seldom give it away.",
    "The {p} is a favourite of our staff.",
    "We have sold the {p} since the shop opened.",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """In which words a catalogue and the questions about it are."""

    attributes: Mapping[str, Attribute]
    """One for each kind of `ATTRIBUTES`."""
    fillers: tuple[str, ...]
    about: tuple[str, ...]


PUBLIC = Wording(ATTRIBUTES, FILLERS, ABOUT)


@dataclass(frozen=True, slots=True)
class Note:
    """A passage of prose that holds one fact."""

    id: str
    product: str
    text: str

    def as_json(self) -> dict[str, str]:
        """Return it as it stands in the data."""
        return {"id": self.id, "product": self.product, "text": self.text}


@dataclass(frozen=True, slots=True)
class World:
    """The catalogue at the start of a trace."""

    products: tuple[str, ...]
    values: Mapping[tuple[str, str], str]
    """(product, attribute) → value, as it is written."""
    notes: Mapping[tuple[str, str], Note]
    wording: Wording


def draw_world(seed: bytes, wording: Wording = PUBLIC) -> World:
    """Return the catalogue of `seed`."""
    random = generator(seed, "world")
    products = [f"{first}{second.lower()}" for first in FIRST for second in SECOND]
    random.shuffle(products)
    values = {(p, kind): draw_value(random, kind) for p in products for kind in ATTRIBUTES}
    keys = list(values)
    random.shuffle(keys)
    notes = {
        key: note_of(random, f"n{n:04}", key, values[key], wording) for n, key in enumerate(keys)
    }
    return World(tuple(products), values, notes, wording)


def draw_value(random: Random, kind: str, unlike: str = "") -> str:
    """Return a value of an attribute, another one than `unlike`."""
    attribute = ATTRIBUTES[kind]
    while True:
        number = random.randint(attribute.low, attribute.high)
        value = f"{number / 10:.1f}" if attribute.tenths else str(number)
        if value != unlike:
            return value


def note_of(random: Random, name: str, key: tuple[str, str], value: str, wording: Wording) -> Note:
    """Return a note that says a fact somewhere in its prose."""
    product, kind = key
    about = random.choice(wording.about).format(p=product)
    sentences = [about, *random.sample(wording.fillers, 2)]
    said = wording.attributes[kind].said.format(p=product, v=value)
    sentences.insert(random.randint(0, len(sentences)), said)
    return Note(name, product, " ".join(sentences))
