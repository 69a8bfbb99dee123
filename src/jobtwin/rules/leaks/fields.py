"""The fields in which a package, a citation or an image names its author, by file name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.hits import Hit
from jobtwin.rules.leaks.places import is_placeholder, is_stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KIND = "a package's author"
_EXTENT = 4000
_KEYS = (
    r"(?:site[_-])?authors?|author[_-]?emails?|maintainers?|maintainer[_-]emails?|contributors?"
    r"|creators?|publishers?|owners?|copyright|family[_-]names?|given[_-]names?|alias(?:es)?"
    r"|affiliation|orcid|contact|recipe-maintainers"
)
_FIELD = re.compile(
    rf"(?:^|[\s{{,.\[(])[\"']?(?:{_KEYS})[\"']?[ \t]*(?:=>|[:=])[ \t]*(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
_TABLE = re.compile(r"^\[\[[\w.]{0,40}(?:authors|maintainers)\]\][ \t]*$", re.MULTILINE)
_STRING = re.compile(r"\"(?P<a>[^\"\n]{1,200})\"(?![ \t]*:)|'(?P<b>[^'\n]{1,200})'(?![ \t]*:)")
_BARE = re.compile(r"(?P<who>[^\s#\"'\[{][^\n#]{0,160})")
_BLOCK = re.compile(
    rf"^(?P<indent>[ \t]*)(?:{_KEYS})[ \t]*:[ \t]*\n(?P<body>(?:(?P=indent)(?:[ \t]*-"
    rf"|[ \t]+)[^\n]*\n?){{1,60}})",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM = re.compile(
    r"^[ \t]*(?:-[ \t]*)?(?:(?P<key>[\w-]{1,30})[ \t]*:[ \t]*)?(?P<who>[^\s#-][^\n#]*)",
    re.MULTILINE,
)
_NO_PEOPLE = frozenset(
    "type role roles doi version date-released title message url license orcid-url @type".split()
)
_LABEL = re.compile(
    r"^[ \t]*(?:MAINTAINER[ \t]+|LABEL[ \t]+[^\n]{0,200}?(?:maintainers?|authors?"
    r"|vendor)[\"']?[ \t]*[= ][ \t]*)"
    r"(?P<who>[^\n\\]{2,160})",
    re.IGNORECASE | re.MULTILINE,
)
_META = re.compile(
    r"<meta[ \t\n]{1,4}name=[\"'](?:author|creator|dc\.creator|twitter:(?:site"
    r"|creator))[\"'][ \t\n]{1,4}"
    r"content=[\"'](?P<who>[^\"'\n]{1,160})",
    re.IGNORECASE,
)
_OWNER = re.compile(r"(?<=[ \t])@?(?P<who>[\w.+-][\w./@+-]{0,100})")
_LISTED = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+|[0-9]{1,3}\.[ \t]+)?(?P<who>[^\s#=*-][^\n]{1,200})$", re.MULTILINE
)
_FUNDING = re.compile(r"^[a-z_]{2,20}:[ \t]*\[?(?P<who>[^\n\]#]{2,160})", re.MULTILINE)

_MANIFESTS = re.compile(
    r"(?:package(?:-lock)?\.json|composer\.json|codemeta\.json|\.zenodo\.json|bower\.json"
    r"|manifest\.json|setup\.cfg|setup\.py"
    r"|conf\.py|pyproject\.toml|cargo\.toml|citation\.cff|mkdocs\.ya?ml|_config\.ya?ml|meta\.ya?ml"
    r"|pubspec\.ya?ml|chart\.ya?ml|galaxy\.ya?ml|description|[\w.-]+\.gemspec|[\w.-]+\.nuspec"
    r"|pom\.xml|build\.gradle"
    r"|project\.toml|poetry\.toml|flit\.ini|dataset_info\.json|metadata\.ya?ml|metadata\.json"
    r"|catalog-info\.ya?ml|elm\.json|plugin\.json)"
)
_PEOPLE = re.compile(
    r"(?:authors|contributors|maintainers|credits|thanks|owners|\.mailmap)(?:\.\w{1,5})?"
)


def authors(path: str, text: str) -> Iterator[Hit]:
    """Yield whoever a file names as its author in a field made for it."""
    name = path.rsplit("/", 1)[-1].lower()
    for form, find in _BY_NAME:
        if form.fullmatch(name):
            for start, end in find(text):
                if hit := _somebody(text, start, end):
                    yield hit


def _somebody(text: str, start: int, end: int) -> Hit | None:
    who = text[start:end].rstrip(" \t\r,;\"')]}")
    lead = len(who) - len(who.lstrip(" \t\"'([{@"))
    plain = who[lead:]
    if len(plain) < 2 or is_stand_in(plain) or is_placeholder(plain):
        return None
    if (
        plain.lower() in ("none", "null", "true", "false", "various", "unknown")
        or "://" in plain[:10]
    ):
        return None
    if all(
        is_stand_in(part) for part in re.findall(r"[\w-]{2,}", plain.split("<")[0].split("@")[0])
    ):
        return None
    return Hit(start + lead, start + len(who), KIND, "person")


def _manifest(text: str) -> Iterator[tuple[int, int]]:
    reached = 0
    for found in _FIELD.finditer(text):
        start = found.end()
        if start < reached:
            continue
        if text[start] in "[{(":
            reached = _closing(text, start)
            yield from _strings(text, start, reached)
        elif string := _STRING.match(text, start):
            yield string.span(string.lastgroup or 0)
        elif (bare := _BARE.match(text, start)) and ":" not in bare[0][:30].split(" ")[0]:
            yield bare.span("who")
    for found in _BLOCK.finditer(text):
        for item in _ITEM.finditer(text, *found.span("body")):
            if (item["key"] or "").lower() not in _NO_PEOPLE:
                yield item.span("who")
    for found in _TABLE.finditer(text):
        end = text.find("\n[", found.end())
        yield from _strings(text, found.end(), end if end >= 0 else found.end() + _EXTENT)


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, min(len(text), start + _EXTENT)):
        if text[at] in "[{(":
            depth += 1
        elif text[at] in "]})":
            depth -= 1
            if depth == 0:
                return at
    return min(len(text), start + _EXTENT)


def _strings(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _STRING.finditer(text, start, min(end, len(text))):
        key = (
            text[max(start, found.start() - 24) : found.start()]
            .rstrip(" \t:=\"'")
            .rsplit(" ", 1)[-1]
        )
        if key.strip("\"'{,").lower() not in _NO_PEOPLE:
            yield found.span(found.lastgroup or 0)


def _each(form: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda text: (found.span("who") for found in form.finditer(text))


def _owners(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.split("\n"):
        if not line.lstrip().startswith("#"):
            yield from ((at + f.start("who"), at + f.end("who")) for f in _OWNER.finditer(line))
        at += len(line) + 1


_BY_NAME: tuple[tuple[re.Pattern[str], Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    (_MANIFESTS, _manifest),
    (_PEOPLE, _each(_LISTED)),
    (re.compile(r"codeowners"), _owners),
    (re.compile(r"funding\.ya?ml"), _each(_FUNDING)),
    (
        re.compile(
            r"(?:[\w.-]*dockerfile|[\w.-]*containerfile|dockerfile\.[\w.-]+|[\w.-]+\.dockerfile)"
        ),
        _each(_LABEL),
    ),
    (re.compile(r".*\.x?html?"), _each(_META)),
)
