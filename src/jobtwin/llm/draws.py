"""Random draws that are pure functions of what they are about."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_NORMAL = NormalDist()
_STEPS = 2**53


@dataclass(frozen=True, slots=True)
class Draws:
    """A source of draws; each name gives its own number, always the same."""

    key: bytes

    @classmethod
    def of(cls, seed: bytes, *about: object) -> Draws:
        """Return the source for something that JSON can hold."""
        said = json.dumps(about, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return cls(hashlib.blake2b(said.encode("ascii"), key=seed[:64], digest_size=32).digest())

    def uniform(self, name: str) -> float:
        """Return a number from 0 up to, and without, 1."""
        drawn = hashlib.blake2b(name.encode("utf-8"), key=self.key, digest_size=8).digest()
        return (int.from_bytes(drawn, "big") >> 11) / _STEPS

    def happens(self, name: str, share: float) -> bool:
        """Say whether something that happens in a share of all cases happens in this one."""
        return self.uniform(name) < share

    def pick(self, name: str, among: Sequence[T]) -> T:
        """Return one of several, each as likely as the others."""
        return among[int(self.uniform(name) * len(among))]

    def factor(self, name: str, sigma: float) -> float:
        """Return a lognormal factor with median 1."""
        # Never the very ends, where the quantile is infinite.
        quantile = min(max(self.uniform(name), 1e-9), 1 - 1e-9)
        return math.exp(sigma * _NORMAL.inv_cdf(quantile))
