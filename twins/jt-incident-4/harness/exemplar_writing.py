"""The prose of gold submissions, level by level: status updates and post-mortems."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from . import banks, phrases, solutions
from .incident import Incident

UPDATE_DEFECTS: Mapping[int, str] = {
    4: "updates: clear, but close to the limits and silent on what to do meanwhile",
    3: "updates: late, far apart and written for engineers",
    2: "updates: a single one, late and without a figure or advice",
    1: "updates: none",
}
POST_MORTEM_DEFECTS: Mapping[int, str] = {
    4: "post-mortem: sound, but the follow-ups are vague",
    3: "post-mortem: blast radius guessed, or only some follow-ups have an owner and a date",
    2: "post-mortem: shallow root cause, no figure, no owner",
    1: "post-mortem: blames a person, or leaves timeline, blast radius and follow-ups out",
}
_TIMES = {5: (7, 29, 53, 79), 4: (13, 41, 69, 88), 3: (27, 66), 2: (54,), 1: ()}
"""Level → minutes around which updates arrive."""


def updates(level: int, random: Random, kind: str) -> list[tuple[float, bytes]]:
    """Return (minutes, file) of each status update at this level of communication."""
    told = {5: _clear, 4: _thin, 3: _technical, 2: _vague, 1: _vague}[level]
    moments = [float(at + random.randint(-2, 1)) for at in _TIMES[level]]
    return [(at, told(kind, number, len(moments), random)) for number, at in enumerate(moments)]


def _stage(number: int, count: int) -> str:
    return "resolved" if number == count - 1 else ("investigating", "identified")[number > 0]


def _clear(kind: str, number: int, count: int, random: Random) -> bytes:
    plain = random.choice(phrases.PLAIN[kind])
    parts = (
        (random.choice(phrases.UNKNOWN).format(town=random.choice(banks.TOWNS)), phrases.MEANWHILE),
        (f"{plain}. {random.choice(phrases.COUNTED)}", phrases.KIOSKS),
        (f"{plain}. {random.choice(phrases.CHECKING)}", phrases.KIOSKS),
        (random.choice(phrases.CLOSED), phrases.AFTERWARDS),
    )[number]
    following = "none needed; the post-mortem follows today" if number == 3 else "in 25 minutes"
    impact = f"{parts[0]} {random.choice(parts[1])}"
    return solutions.update(impact, _stage(number, count), following)


def _thin(kind: str, number: int, count: int, random: Random) -> bytes:
    plain = random.choice(phrases.PLAIN[kind])
    lower = plain[0].lower() + plain[1:]
    impact = random.choice(phrases.THIN[number]).format(plain=plain, lower=lower)
    following = random.choice(("in half an hour", "within 30 minutes", "30 minutes from now"))
    return solutions.update(impact, _stage(number, count), following)


def _technical(kind: str, number: int, count: int, random: Random) -> bytes:
    words = random.choice((phrases.JARGON[kind], phrases.PATCHING)[number])
    following = random.choice(("later", "when done", "after the deploy"))
    return solutions.update(words, "identified", following)


def _vague(kind: str, number: int, count: int, random: Random) -> bytes:
    return solutions.update(random.choice(phrases.VAGUE), "investigating", "soon")


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
    if level == 1:
        return _blaming(random) if random.random() < 0.5 else _unfinished(random, incident)
    timeline = solutions.timeline(
        moments, random.choice(phrases.OPENINGS), random.choice(phrases.ENDINGS)
    )
    head = f"# Post-mortem: {random.choice(phrases.TITLES)}\n\n## Timeline\n\n{timeline}\n"
    if level == 2:
        cause = f"## Root cause\n\n{random.choice(phrases.SHALLOW)}\n"
        blast = f"## Blast radius\n\n{random.choice(phrases.NO_FIGURE)}\n"
        return f"{head}\n{cause}\n{blast}\n{_follow_ups(random, phrases.EMPTY, 3, 0)}"
    mechanism = solutions.CAUSES[incident.kind]
    began = random.choice(phrases.BEGAN).format(cause=mechanism)
    cause = f"## Root cause\n\n{began}\n\n{random.choice(phrases.LET_PASS)}\n"
    if level == 3 and random.random() < 0.5:
        guess = incident.wrong * random.choice((6, 7, 13, 14)) // 10
        blast = _blast(guess, random.choice(phrases.GUESSED))
        return f"{head}\n{cause}\n{blast}\n{_follow_ups(random, phrases.SPECIFIC, 3, 3)}"
    counted = random.choice(phrases.METHOD).format(onset=f"{incident.onset:%H:%M}")
    blast = _blast(incident.wrong, f"{counted} {random.choice(phrases.SEEN)}")
    items = {
        5: _follow_ups(random, phrases.SPECIFIC, 4, 4),
        4: _follow_ups(random, phrases.VAGUE_PLANS, 3, 3),
        3: _follow_ups(random, phrases.SPECIFIC, 4, random.choice((1, 2))),
    }[level]
    return f"{head}\n{cause}\n{blast}\n{items}"


def _blast(number: int, how: str) -> str:
    return f"## Blast radius\n\nWrong answers: {number}\n\n{how}\n"


def _follow_ups(random: Random, among: tuple[str, ...], count: int, owned: int) -> str:
    """Return so many follow-ups; the first `owned` have an owner and a date."""
    lines = []
    for number, what in enumerate(random.sample(among, count)):
        due = f"2031-{random.randint(3, 5):02}-{random.randint(3, 28):02}"
        who = f" — owner: {random.choice(phrases.OWNERS)} — due: {due}" if number < owned else ""
        lines.append(f"- {what}{who}")
    return "## Follow-ups\n\n" + "\n".join(lines) + "\n"


def _blaming(random: Random) -> str:
    person = random.choice(banks.PEOPLE)
    return random.choice(phrases.BLAME).format(person=person) + random.choice(
        phrases.MORALS
    ).format(person=person)


def _unfinished(random: Random, incident: Incident) -> str:
    """Return one without timeline, blast radius or follow-ups."""
    mechanism = solutions.CAUSES[incident.kind]
    return random.choice(phrases.NOTES).format(cause=mechanism)
