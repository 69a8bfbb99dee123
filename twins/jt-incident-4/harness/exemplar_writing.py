"""The prose of gold submissions, level by level: status updates and post-mortems."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from . import banks, solutions
from .incident import Incident

UPDATE_DEFECTS: Mapping[int, str] = {
    4: "updates: clear, but close to the limits and silent on what to do meanwhile",
    3: "updates: late, far apart and written for engineers",
    2: "updates: a single one, late and without a figure or advice",
    1: "updates: none",
}
POST_MORTEM_DEFECTS: Mapping[int, str] = {
    4: "post-mortem: sound, but the follow-ups are vague",
    3: "post-mortem: blast radius guessed, and only two follow-ups have an owner and a date",
    2: "post-mortem: shallow root cause, no figure, no owner",
    1: "post-mortem: blames a person and leaves out what follows",
}
_TIMES = {5: (7, 29, 53, 79), 4: (13, 41, 69, 88), 3: (27, 66), 2: (54,), 1: ()}
"""Level → minutes around which updates arrive."""

_PLAIN = {
    "find": "Some answers are about another product than the one typed",
    "latest": "Some answers come from leaflets that are no longer valid",
    "dose": "Some doses on screen are above the maximum",
    "context": "Some answers deny an interaction that the leaflet lists",
}
_JARGON = {
    "find": "find_entries miss path returns nearest key; key mismatch visible in trace",
    "latest": "select_leaflet comparator wrong for minor >= 10, n affected unclear",
    "dose": "dose_for lacks clamp on one branch, facts out of range in trace",
    "context": "assemble_context drops tail rows once budget is hit, composer sees no hit",
}


def updates(level: int, random: Random, kind: str) -> list[tuple[float, bytes]]:
    """Return (minutes, file) of each status update at this level of communication."""
    told = {5: _clear, 4: _thin, 3: _technical, 2: _vague, 1: _vague}[level]
    moments = [float(at + random.randint(-2, 1)) for at in _TIMES[level]]
    return [(at, told(kind, number, len(moments), random)) for number, at in enumerate(moments)]


def _stage(number: int, count: int) -> str:
    return "resolved" if number == count - 1 else ("investigating", "identified")[number > 0]


def _clear(kind: str, number: int, count: int, random: Random) -> bytes:
    town = random.choice(banks.TOWNS)
    impact = (
        (
            f"We do not yet know how many answers are wrong; the first report came from {town}. "
            "Please use paper leaflets for every question until we say otherwise."
        ),
        (
            f"{_PLAIN[kind]}. About one in ten since the morning's release. Paper leaflets only; "
            "kiosk printing should stay off."
        ),
        (
            f"{_PLAIN[kind]}. The fix is written and being checked against the whole catalogue. "
            "Paper leaflets only, kiosks stay off."
        ),
        (
            "The fix is out, and answers agree with the register again. Kiosks may print. The "
            "safety desk calls everybody who got a wrong answer."
        ),
    )[number]
    following = "none needed; the post-mortem follows today" if number == 3 else "in 25 minutes"
    return solutions.update(impact, _stage(number, count), following)


def _thin(kind: str, number: int, count: int, random: Random) -> bytes:
    impact = (
        "Answers of the assistant may be wrong. We are looking into it.",
        f"{_PLAIN[kind]}.",
        f"{_PLAIN[kind]}; a fix is being tested.",
        "A fix is in place.",
    )[number]
    following = random.choice(("in half an hour", "within 30 minutes"))
    return solutions.update(impact, _stage(number, count), following)


def _technical(kind: str, number: int, count: int, random: Random) -> bytes:
    words = (_JARGON[kind], "Patch up, running pytest on all variants, rollout after green CI.")
    return solutions.update(words[number], "identified", random.choice(("later", "when done")))


def _vague(kind: str, number: int, count: int, random: Random) -> bytes:
    words = ("Looking into a problem right now.", "There is an issue; we are on it.")
    return solutions.update(random.choice(words), "investigating", "soon")


def shown(sent: list[tuple[float, bytes]]) -> str:
    """Return the updates as a mentor sees them, with the server's receipt times."""
    if not sent:
        return "# Status updates\n\nNone was received.\n"
    parts = [
        f"## updates/{number:02}.yml, received {solutions.clock(at)} UTC, minute {at:.0f}\n\n"
        f"```yaml\n{content.decode()}```\n"
        for number, (at, content) in enumerate(sent, start=1)
    ]
    return "# Status updates\n\n" + "\n".join(parts)


def post_mortem(
    level: int, random: Random, incident: Incident, moments: Mapping[str, float]
) -> str:
    """Return a post-mortem at this level of quality; `moments` are receipts by timeline tag."""
    best = solutions.post_mortem(incident, moments)
    if level == 5:
        return best
    head, _, tail = best.partition("## Root cause")
    if level == 4:
        return f"{head}## Root cause{tail[: tail.index('## Follow-ups')]}{_VAGUE_FOLLOW_UPS}"
    if level == 3:
        guess = incident.wrong * random.choice((6, 14)) // 10
        cause = tail[: tail.index("## Blast radius")]
        estimate = f"## Blast radius\n\nWrong answers: {guess}\n\nEstimated from one hour.\n\n"
        return f"{head}## Root cause{cause}{estimate}{_TWO_FOLLOW_UPS}"
    if level == 2:
        return f"{head}## Root cause\n\nA bug in one module. It is fixed.\n\n{_NO_FIGURE}"
    person = random.choice(banks.PEOPLE)
    return (
        f"# What happened\n\n{person} merged code without testing it and nobody stopped it. "
        "People have to be more careful.\n\n## Root cause\n\nHuman error. "
        f"{person} should have known the contract.\n\n## Blast radius\n\nA few customers.\n"
    )


_VAGUE_FOLLOW_UPS = """## Follow-ups

- Improve the tests — owner: Platform — due: 2031-03-11
- Better monitoring — owner: Platform — due: 2031-03-25
- Look at the other rules, too — owner: Assistant team — due: 2031-04-01
"""
_TWO_FOLLOW_UPS = """## Follow-ups

- Run the regression test before every rollout — owner: Platform — due: 2031-03-11
- Compare answers with the register — owner: Assistant team — due: 2031-03-25
- Think about the patients who got a wrong answer
"""
_NO_FIGURE = """## Blast radius

Some answers were wrong during the morning. It is hard to say how many.

## Follow-ups

- More tests
- More monitoring
- Be careful with releases
"""
