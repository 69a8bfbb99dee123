"""Rates with their uncertainty: Wilson's interval, and a bootstrap over families of releases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

Z = 1.959964
ROUNDS = 2000


def wilson(hits: int, among: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of independent trials; (0, 1) without any."""
    if among == 0:
        return 0.0, 1.0
    share, square = hits / among, Z * Z / among
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / among + square / (4 * among))
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered(groups: Sequence[Sequence[bool]], random: Random) -> tuple[float, float]:
    """Return the 95 % percentile interval of a share whose trials come in groups.

    Copies of one regression are caught or missed together, so whole groups are drawn again.
    """
    alike = {item for group in groups for item in group}
    if len(alike) < 2:
        # Drawing again from what is all alike would claim to know everything.
        return wilson(len(groups) if True in alike else 0, len(groups))
    means = []
    for _ in range(ROUNDS):
        drawn = [item for group in random.choices(groups, k=len(groups)) for item in group]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return means[int(0.025 * ROUNDS)], means[int(0.975 * ROUNDS) - 1]
