"""Learners who do not exist: accounts, names, addresses and keys, all from one random generator."""

from __future__ import annotations

import base64
import hashlib
import struct
import unicodedata
from dataclasses import dataclass
from random import Random

_GIVEN = """Amara Anneliese Bartholomew Chiara Dmitri Eilidh Farouk Giulietta Hyacinth Ingeborg
Jaroslav Katarzyna Leopoldo Mireille Nkechi Oluwaseun Priyanka Quentin Rosalind Siobhan Thaddeus
Ulrike Vasudha Wolfgang Xiomara Yevgeny Zuzanna Łukasz José Zoë Søren""".split()
_FAMILY = """Abernathy Bhattacharya Castellanos Dąbrowski Eriksson Fernández Gutknecht Hargreaves
Ivanenko Jørgensen Kowalczyk Lindqvist Mukherjee Nwachukwu Okonkwo Papadopoulos Quisenberry
Rautavaara Sokolova Thistlewood Umarov Vandenberg Wiśniewska Xenakis Yamaguchi Zieliński""".split()
_MAIL_HOSTS = (
    "gmail.com outlook.com proton.me posteo.de mail.bristol.ac.uk acme-robotics.io".split()
)


@dataclass(frozen=True)
class Person:
    """One learner, with everything that would give the learner away."""

    given: str
    family: str
    login: str
    mail: str
    key_blob: str
    """The middle field of the SSH public key."""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def fingerprint(self) -> str:
        hashed = hashlib.sha256(base64.b64decode(self.key_blob)).digest()
        return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")

    @property
    def home(self) -> str:
        return plain(self.given)


def plain(name: str) -> str:
    """Return a name in small ASCII letters, as people write it in logins."""
    folded = unicodedata.normalize("NFKD", name.translate(str.maketrans("ŁłøØ", "LloO")))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha()).lower()


def person(rng: Random) -> Person:
    """Return somebody who does not exist."""
    given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
    first, last = plain(given), plain(family)
    number = rng.randrange(10, 99)
    login = rng.choice(
        [
            f"{first}{last}",
            f"{first[0]}{last}",
            f"{first}-{last}",
            f"{last}{number}",
            f"{first}x{number}",
        ]
    )
    local = rng.choice([f"{first}.{last}", f"{first[0]}{last}", f"{first}_{number}"])
    kind = b"ssh-ed25519"
    key = struct.pack(">I", len(kind)) + kind + struct.pack(">I", 32) + rng.randbytes(32)
    return Person(
        given, family, login, f"{local}@{rng.choice(_MAIL_HOSTS)}", base64.b64encode(key).decode()
    )
