"""Instructions in foreign text: how strong they are, what they want, and whether a model obeys.

Strength adds up over the frames that a text uses, in any disguise that `views` undoes. What a model
takes it for depends on its resistance, and on whether the engineer told it apart from the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.llm.views import views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Passage, Prompt
    from jobtwin.llm.request import Tool

GUARDED = 0.60
"""How much harder it is to speak from a fence with a nonce that the rules name."""
FENCED = 0.05
"""How much harder it is from any other fence."""
WARNED = 0.05
"""How much a mere warning in the rules does."""

_FRAMES: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile("|".join(patterns), re.IGNORECASE))
    for weight, patterns in (
        (
            0.55,
            (
                r"\b(?:ignore|disregard|forget|override|drop)\b.{0,40}\b(?:instruction|rule|prompt)",
                r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:guideline|above|previous|prior)",
                r"\b(?:ignorier|vergiss|missachte)\w*.{0,40}\b(?:anweisung|regel|vorherig|oben)",
                r"\b(?:ignore[zr]?|oublie[zr]?)\b.{0,40}\b(?:instruction|consigne|règle|précédent)",
                r"\b(?:ignora|olvida|omite)\b.{0,40}\b(?:instruccion|regla|anterior)",
                r"\b(?:ignora|dimentica)\b.{0,40}\b(?:istruzion|regol|precedent)",
                r"(?:忽略|无视|忘记).{0,12}(?:指令|指示|规则|以上)",
                r"(?:以前|上記|これまで)の.{0,8}(?:指示|命令).{0,6}無視",
            ),
        ),
        (
            0.35,
            (
                r"^\s*(?:system|assistant|developer|admin(?:istrator)?)\s*[:>\]]",
                r"\[/?(?:system|inst)\]|<\|?(?:system|im_start)\|?>|###\s*(?:system|instruction)",
            ),
        ),
        (
            0.30,
            (
                r"\b(?:new|updated|real|actual|important|urgent)\s+(?:instruction|rule|directive)",
                r"\b(?:you are now|from now on|act as|pretend (?:to be|that)|enter .{0,20}mode)\b",
                r"\b(?:du bist (?:jetzt|nun)|tu es maintenant|ahora eres)\b",
            ),
        ),
        (
            0.25,
            (
                r"\b(?:you must|you have to|it is mandatory|do (?:this|it) now|immediately)\b",
                r"\b(?:du musst|vous devez|debes)\b",
            ),
        ),
        (
            0.25,
            (
                r"\b(?:as (?:the|your) (?:developer|administrator|owner)|authori[sz]ed by)\b",
                r"\b(?:security (?:team|audit)|for (?:testing|debugging) purposes)\b",
            ),
        ),
        (
            0.20,
            (
                r"\bnote to (?:the )?(?:ai|assistant|model)\b",
                r"\b(?:dear|attention) (?:ai|assistant)\b",
                r"\bif you are an? (?:ai|assistant|llm|language model)\b",
            ),
        ),
        (
            0.15,
            (
                r"\b(?:before (?:you )?answer|instead of answering)",
                r"\b(?:without telling|keep this secret)",
                r"\bdo not (?:mention|tell|reveal) (?:this|it)\b",
            ),
        ),
        (0.15, (r"\b(?:this is (?:only )?a (?:test|game|story)|hypothetically|for a novel)\b",)),
    )
)
_QUOTED = r"[\"'„“”«»‘’「『](?P<what>[^\"'“”«»‘’」』\n]{1,160})[\"'“”«»‘’」』]"
_SAY = re.compile(
    r"\b(?:say|print|output|reply(?: only)?(?: with)?|respond(?: only)?(?: with)?|answer(?: only)?"
    r"(?: with)?|write|repeat|include|append|end with|start with|type|echo|"
    r"sag\w*|schreib\w*|antworte\w*(?: mit)?|gib|réponds\w*(?: par)?|dis|écris|écrivez|"
    r"responde|di|escribe|rispondi|scrivi)\b[^\"'„“«\n]{0,60}"
    + _QUOTED
    + r"|(?:说|回答|输出|回复|言って|出力して|答えて)[^「『“\"]{0,12}"
    + r"[「『“\"](?P<cjk>[^」』”\"\n]{1,80})[」』”\"]",
    re.IGNORECASE,
)
_SAY_BARE = re.compile(
    r"\b(?:say|print|output|reply(?: only)? with|respond(?: only)? with|answer(?: only)? with|echo|"
    r"include the (?:word|phrase|code|token)|end (?:your \w+ )?with)\s*:?\s+"
    r"(?:the (?:word|phrase|code|token|string)\s+)?(?P<what>[A-Z0-9][\w-]{3,60})\b"
)
_LEAK = re.compile(
    r"\b(?:reveal|print|repeat|show|output|tell me|leak|display|recite|translate|summari[sz]e|"
    r"verrate|zeig\w*|affiche|montre|révèle|muestra|revela|mostra)\b.{0,50}?"
    r"\b(?:system prompt|system message|your (?:instructions|prompt|rules|guidelines)|"
    r"(?:initial|hidden|secret) (?:instructions|prompt|rules)|everything above|text above|"
    r"the secret|api key|password|"
    r"systemprompt|deine anweisungen|tes instructions|tus instrucciones)\b"
    r"|(?:系统提示|システムプロンプト)",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:tell|inform|promise|assure|confirm to|guarantee)\b.{0,40}"
    r"\b(?:customer|user|them|caller|client)\b"
    r".{0,30}?\b(?:that|of|:)\s*(?P<what>[^.\n]{8,160})",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(?:state|claim|answer|say|report|tell (?:the )?(?:user|customer))\b.{0,20}\bthat\s+"
    r"(?P<what>[^.\n\"“]{8,160})",
    re.IGNORECASE,
)
_TOOL = re.compile(
    r"\b(?:call|invoke|use|run|execute|trigger|rufe?|appelle|llama|utilise|usa)\b.{0,30}?"
    r"\b(?P<tool>[a-z][a-z0-9]*_[a-z0-9_]+)\b"
    r"(?P<rest>.{0,200})",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instruction in foreign text wants."""

    goal: str
    """`say`, `leak`, `promise`, `claim` or `call`."""
    what: str
    strength: float


def obeyed(prompt: Prompt, model: Model, tools: tuple[Tool, ...]) -> Wish | None:
    """Return the strongest wish that the model gives in to, None where there is none."""
    warned = WARNED if "instruction" in prompt.rules.casefold() else 0.0
    strongest: Wish | None = None
    for passage in prompt.passages:
        needed = model.resistance + warned + _fence(prompt, passage)
        for wish in _wishes(passage.text, tuple(tool.name for tool in tools)):
            if wish.strength > needed and (strongest is None or wish.strength > strongest.strength):
                strongest = wish
    needed = model.resistance + warned
    for wish in _wishes(prompt.question, tuple(tool.name for tool in tools)):
        if wish.strength > needed and (strongest is None or wish.strength > strongest.strength):
            strongest = wish
    return strongest


def _fence(prompt: Prompt, passage: Passage) -> float:
    if prompt.is_guarded(passage):
        return GUARDED
    return FENCED if passage.channel != "user" else 0.0


@lru_cache(maxsize=4096)
def _wishes(text: str, tools: tuple[str, ...]) -> tuple[Wish, ...]:
    """Return what a text wants, in any of its disguises."""
    return tuple(wish for view in views(text) for wish in _in_view(view, tools))


_SIGNS = re.compile(
    r"ignor|disregard|forget|override|missacht|vergiss|oubli|olvid|omite|dimentic|忽略|无视|忘记|無視"
    r"|system|instruct|inst\]|prompt|secret|password|api key|anweisung|consigne|instruc"
    r"|プロンプト|提示"
    r"|say|print|output|repl|respond|answer|write|echo|include|append|end with|antwort|schreib|sag"
    r"|écri|répond|responde|escribe|rispondi|scrivi|说|回答|输出|回复|言って|出力|答えて"
    r"|tell|inform|promise|assure|guarantee|state|claim|report|call|invoke|execute|trigger|[a-z]_[a-z]",
    re.IGNORECASE,
)
"""Without any of these nothing is asked of a model, and nothing more is looked for."""


def _in_view(view: str, tools: tuple[str, ...]) -> Iterator[Wish]:
    if not _SIGNS.search(view):
        return
    strength = sum(weight for weight, frame in _FRAMES if frame.search(view))
    if found := _SAY.search(view):
        yield Wish("say", found["what"] or found["cjk"], strength + 0.40)
    elif found := _SAY_BARE.search(view):
        yield Wish("say", found["what"], strength + 0.35)
    if _LEAK.search(view):
        yield Wish("leak", "", strength + 0.35)
    if found := _PROMISE.search(view):
        yield Wish("promise", found["what"].strip(), strength + 0.35)
    elif found := _CLAIM.search(view):
        yield Wish("claim", found["what"].strip(), strength + 0.30)
    found = _TOOL.search(view)
    if found and found["tool"] in tools:
        yield Wish("call", f"{found['tool']} {found['rest']}", strength + 0.40)
