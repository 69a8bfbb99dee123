"""How well a mentor agreed with references, round by round, as a plot."""

from __future__ import annotations

from functools import lru_cache

from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.site import plots
from jobtwin.site.markup import day


@lru_cache(maxsize=1000)  # the same one stands on many pages
def kappa_history(
    mentor: str, rounds: tuple[Calibrated | Drifted, ...], needed: float | None, name: str = ""
) -> str:
    """Return the plot of a mentor's rounds, the oldest first; `needed` is drawn through all.

    What hidden items came to stands among them, where it stopped the mentor's grading.

    `name` has to be the only one of its page where a mentor has more than one plot there.
    """
    marks = [_round(item) for item in rounds]
    about = "; ".join(f"{row.label}: {row.said}" for row in marks)
    line = (needed, f"needed: {needed:g}") if needed is not None else None
    title = f"Kappa of {mentor}, round by round"
    return plots.marks(name or f"kappa-{mentor}", title, about, marks, line)


def _round(item: Calibrated | Drifted) -> plots.Mark:
    got = item.agreement
    said = "undefined"
    if got.kappa is not None:
        said = f"{got.kappa:.2f}"
        if got.kappa_low is not None and got.kappa_high is not None:
            said += f" ({got.kappa_low:.2f} to {got.kappa_high:.2f})"
    label = f"{day(item.at)}, {item.twin}" + (", hidden" if isinstance(item, Drifted) else "")
    return plots.Mark(label, got.kappa, got.kappa_low, got.kappa_high, said)
