"""What gives anybody away, known or not: addresses, handles, home folders, trailers, keys and so on.

Each pattern is linear in the length of the text: nothing in it can be read in two ways.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.hits import Hit, StandIn, counted
from jobtwin.rules.leaks.places import is_placeholder, is_stand_in, profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ADDRESS = frozenset(string.ascii_letters + string.digits + "._%+-")
_AT = re.compile(
    r"(?<=[A-Za-z0-9_%+.-])@(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24})(?![\w-])"
)
_FILES = frozenset(
    "png jpg jpeg gif svg webp js ts css py json yml yaml md txt html whl gz zip".split()
)
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|invalid|test|localhost|local|internal|lan|corp"
    r"|localdomain|your-?domain\.\w+|domain\.(?:com|tld)|email\.com|acme\.(?:com|org)|foo\.com|bar\.com"
    r"|users\.noreply\.github\.com(?<=^users\.noreply\.github\.com))",
    re.IGNORECASE,
)
_ROBOTS = frozenset({"git", "noreply@github.com", "noreply@anthropic.com", "actions@github.com"})
_PROSE = (".md", ".rst", ".txt", ".adoc", ".org", ".tex", ".html", ".ipynb")
_COMMENTS = re.compile(r"#|//|/\*|^\s*\*|--|;|<!--|\"\"\"|'''|%|\bREM\b")
_NOT_HANDLES = frozenset(
    """
    abstract api apinote apps array async author authors autoclass babel brief bug callback cached cached_property category
    charset class classmethod component config constant contextmanager copyright counter custom dataclass default
    deprecated description details dev dynamic each else end enduml enum event example exception export extends
    final file fixture font-face function generator given global group here if ignore import include inject inheritdoc
    interface internal jit keyframes kind latest layer license link lru_cache main mark media memoize method mixin
    mixins mock module name namespace njit next note override overload package page param parametrize patch
    pragma private property protected public readonly receiver register requires rest return returns root route
    scope see settings setter since singleton skip slow staticmethod startuml static summary supports test
    tf throws todo tool torch transaction ts-expect-error ts-ignore ts-nocheck type typedef types use
    validator value vectorize version virtual wraps yield channel everyone team handle username user all
    """.split()
)
_HOMES = frozenset(
    """
    app appuser runner user ubuntu node jovyan vscode username you me nobody default public guest admin
    root ec2-user codespace gitpod circleci jenkins deploy www-data dashboard index page shared worker
    airflow spark linuxbrew name yourname learner home %username% xxx container coder nonroot service api
    """.split()
)
_SERVICES = frozenset(
    """
    postgres postgresql user username root admin app guest redis default mysql mongo mongodb test db git
    rabbitmq sa dbuser api oauth2 oauth2accesstoken x-access-token token minioadmin elastic neo4j kafka nobody
    service password pass me you login user1 client worker web reader writer readonly owner runner appuser node
    ubuntu none null true false os localhost self args string vscode jovyan www-data airflow
    """.split()
)
_NO_HOLDERS = frozenset(
    """
    holder holders owner owners notice notices law laws statement year license licence act information
    protection infringement and or the is in of to by date may date: yyyy name symbol header headers
    claims claim all your this see for apache python software permission free
    """.split()
)
_PERSON = r"(?:[^\W\d_][^\W\d_]*[’'.-]?){1,4}"
_CAPITAL = re.compile(r"[^\W\d_]")
_NAMES = re.compile(r"[^\W\d_][\w.’'-]*(?:[ \t]+[^\W\d_][\w.’'-]*){0,4}")
_ORCID = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X](?![\w-])")
_PHONE = re.compile(r"(?<![\w.+=-])(?:\+[0-9]{1,3}|tel:[+]?[0-9])[ ().0-9-]{7,20}[0-9](?!\w)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind: what must be there at all, what it looks like, and whom it does not name."""

    kind: str
    marks: tuple[str, ...]
    """Small letters; one of them is in every text that the pattern fits."""
    form: re.Pattern[str]
    """The group `who` is what gives somebody away."""
    stand_in: StandIn
    is_somebody: Callable[[re.Match[str], str], bool]
    prose_only: bool = False


def unknown(path: str, text: str, lower: str) -> Iterator[Hit]:
    """Yield what gives anybody away in a text; raises `TooMany`."""
    if "@" in text:
        yield from counted(_mails(text))
    yield from counted(profiles(text, lower))
    for pattern in _PATTERNS:
        if any(mark in lower for mark in pattern.marks):
            yield from counted(_matches(pattern, path, text))
    if "+" in text or "tel:" in lower:
        yield from counted(_phones(text))
    yield from counted(_orcids(text))


def _matches(pattern: Pattern, path: str, text: str) -> Iterator[Hit]:
    for found in pattern.form.finditer(text):
        if pattern.prose_only and not _is_prose(path, text, found.start()):
            continue
        who = found["who"]
        if not is_stand_in(who) and pattern.is_somebody(found, who):
            yield Hit(*found.span("who"), pattern.kind, pattern.stand_in)


def _is_prose(path: str, text: str, at: int) -> bool:
    """Say whether a place lies in prose or in a comment, where a word with `@` can be a handle."""
    if path.lower().endswith(_PROSE) or "." not in path.rsplit("/", 1)[-1]:
        return True
    line = text[max(text.rfind("\n", 0, at) + 1, at - 300) : at]
    return bool(_COMMENTS.search(line))


def _mails(text: str) -> Iterator[Hit]:
    for found in _AT.finditer(text):
        left = text[max(0, found.start() - 64) : found.start()]
        local = left[len(left.rstrip("".join(_ADDRESS))) :].lstrip(".%+-")
        host = found["host"]
        address = f"{local}@{host}".lower()
        if not local or local.lower() in _ROBOTS or address in _ROBOTS or is_stand_in(local):
            continue
        if _RESERVED.fullmatch(host) or host.rsplit(".", 1)[-1].lower() in _FILES:
            continue
        yield Hit(found.start() - len(local), found.end(), "a mail address", "mail")


def _phones(text: str) -> Iterator[Hit]:
    for found in _PHONE.finditer(text):
        if 9 <= sum(letter.isdigit() for letter in found[0]) <= 15:
            yield Hit(*found.span(), "a telephone number", "nothing")


def _orcids(text: str) -> Iterator[Hit]:
    """Yield ORCID iDs, by their check digit (ISO 7064 MOD 11-2)."""
    for found in _ORCID.finditer(text):
        total = 0
        digits = found[0].replace("-", "")
        for digit in digits[:-1]:
            total = (total + int(digit)) * 2
        if "0123456789X"[(12 - total % 11) % 11] == digits[-1]:
            yield Hit(*found.span(), "an ORCID iD", "nothing")


def _is_handle(found: re.Match[str], who: str) -> bool:
    text, at = found.string, found.start()
    if who.lower() in _NOT_HANDLES or is_placeholder(who) or who.isdigit():
        return False
    end = text.find("\n", found.end())
    start = text.rfind("\n", 0, at) + 1
    line = text[start : end if end >= 0 else len(text)][:400]
    following = text[end + 1 : end + 80].lstrip() if end >= 0 else ""
    is_decorator = line.strip() == f"@{who}" and following.startswith(
        ("def ", "class ", "async ", "@")
    )
    return not is_decorator


def _is_home(found: re.Match[str], who: str) -> bool:
    plain = who.lower().strip(".")
    return bool(plain) and plain not in _HOMES and not is_placeholder(who) and not who.isdigit()


def _is_holder(found: re.Match[str], who: str) -> bool:
    words = who.replace(",", " ").split()
    if not words or words[0].lower().strip(".,:;\"'") in _NO_HOLDERS or is_placeholder(who) or is_stand_in(words[0]):
        return False
    has_year = any(letter.isdigit() for letter in found[0][: found.start("who") - found.start()])
    return ((has_year or len(words) > 1) and words[0][:1].isupper()) or (
        has_year and words[0][:1].isalpha()
    )


def _is_name(found: re.Match[str], who: str) -> bool:
    words = who.split()
    if not words or is_stand_in(words[0].strip("\"'<,")) or is_placeholder(who):
        return False
    return words[0].strip("\"'<([{")[:1].isupper() or "@" in who


def _is_full_name(found: re.Match[str], who: str) -> bool:
    words = who.split()
    return (
        len(words) > 1 and all(word[:1].isupper() for word in words) and not is_stand_in(words[0])
    )


def _is_user(found: re.Match[str], who: str) -> bool:
    plain = who.lower().strip("\"' ")
    return (
        len(plain) > 1
        and plain not in _SERVICES
        and plain not in _HOMES
        and not is_placeholder(plain)
    )


def _always(found: re.Match[str], who: str) -> bool:
    return True


_VALUE = r"[ \t]*(?P<who>(?:[^\n\"'\\}\])]|'(?=\w)){1,200})"
_TRAILERS = (
    r"signed-off-by|co-authored-by|co-developed-by|reviewed-by|tested-by|acked-by|reported-by|suggested-by"
    r"|helped-by|mentored-by|requested-by|authored-by|committed-by|written-by|submitted-by|prepared-by|cc-by"
    r"|author|authors|committer|commit author|maintainer|maintainers|submitted by|prepared by|written by"
    r"|student|student name|full name|candidate|participant|applicant"
)
_LABELS = r"twitter|github|gitlab|discord|telegram|instagram|linkedin|mastodon|skype|whatsapp|wechat|kaggle|reddit|bluesky|facebook|signal|matrix|irc|nick(?:name)?|hugging ?face|leetcode|medium"
_PATTERNS = (
    Pattern(
        "a mail address",
        ("[at]", "(at)", "{at}", "<at>", " at "),
        re.compile(
            r"(?<![\w.+-])(?P<who>[A-Za-z0-9][\w.+-]{0,63}[ \t]?(?:[\[({<][ \t]?at[ \t]?[\])}>]|(?<=[ \t])at(?=[ \t]))"
            r"[ \t]?[A-Za-z0-9-]{1,63}(?:[ \t]?(?:[\[({<][ \t]?dot[ \t]?[\])}>]|(?<=[ \t])dot(?=[ \t])|\.)[ \t]?[A-Za-z0-9-]{2,24}){1,3})",
            re.IGNORECASE,
        ),
        "mail",
        lambda found, who: bool(
            re.search(r"[\[({<] ?(?:at|dot) ?[\])}>]| dot ", who, re.IGNORECASE)
        ),
    ),
    Pattern(
        "a handle",
        ("@",),
        re.compile(r"(?<![\w@/.`+-])@(?P<who>[A-Za-z0-9_][\w-]{1,38})(?![\w/(@]|[.:=][\w(]|-)"),
        "person",
        _is_handle,
        prose_only=True,
    ),
    Pattern(
        "a handle",
        ("@",),
        re.compile(r"(?<![\w@/.+-])@(?P<who>[A-Za-z0-9_]{2,30})(?=@(?:[a-z0-9-]+\.)+[a-z]{2,})"),
        "person",
        _always,
    ),
    Pattern(
        "a handle",
        ("todo(", "fixme(", "xxx(", "hack(", "note("),
        re.compile(r"\b(?:TODO|FIXME|XXX|HACK|NOTE)\(@?(?P<who>[A-Za-z][\w.-]{1,38})\)"),
        "person",
        _is_user,
    ),
    Pattern(
        "a handle",
        tuple(
            "twitter github gitlab discord telegram instagram linkedin mastodon skype whatsapp wechat kaggle "
            "reddit bluesky facebook signal matrix irc nick hugging leetcode medium".split()
        ),
        re.compile(
            rf"\b(?:{_LABELS})(?:[ \t](?:handle|id|user(?:name)?|account|profile))?[ \t]?[:=][ \t]?(?![\w]{{0,8}}://)"
            r"@?(?P<who>[A-Za-z][\w.-]{2,38}(?:\#[0-9]{4})?)",
            re.IGNORECASE,
        ),
        "person",
        _is_user,
        prose_only=True,
    ),
    Pattern(
        "a home folder",
        ("home", "users", "settings"),
        re.compile(
            r"(?:(?<![\w.])/(?:home|Users|export/home|usr/home|var/home|data/home)/(?:[a-z]/(?=[a-z]{2}))?"
            r"|\b[A-Za-z](?::|%3A)[\\/]{1,4}[Uu]sers[\\/]{1,4}|/mnt/[a-z]/Users/|/[a-z]/Users/"
            r"|(?<=[/\\])Documents and Settings[\\/]{1,4})"
            r"(?P<who>[^\\/\s\"'<>|:*?,;()\[\]{}$#@!&=`]{1,64})"
        ),
        "learner",
        _is_home,
    ),
    Pattern(
        "a home folder",
        ("~",),
        re.compile(r"(?<![\w/~.])~(?P<who>[a-z_][a-z0-9_-]{1,31})/"),
        "learner",
        _is_home,
    ),
    Pattern(
        "a trailer or author line",
        (
            "by:",
            "author",
            "committer",
            "maintainer",
            "by ",
            "student",
            "name:",
            "candidate",
            "participant",
            "applicant",
            "by :",
        ),
        re.compile(
            rf"^[^\w\n]{{0,8}}(?:{_TRAILERS})(?:[*_`]{{0,2}})[ \t]?:[*_`]{{0,2}}{_VALUE}",
            re.IGNORECASE | re.MULTILINE,
        ),
        "person",
        _is_name,
    ),
    Pattern(
        "a trailer or author line",
        ("from:", "to:", "cc:", "reply-to:"),
        re.compile(
            r"^(?:From|To|Cc|Reply-To):[ \t](?P<who>[^\n@]{2,80}<[^\n>]{3,80}>)", re.MULTILINE
        ),
        "person",
        _is_name,
    ),
    Pattern(
        "a trailer or author line",
        ("author", "credits", "maintainer", "editor"),
        re.compile(
            r"(?:[@\\:](?:author|editor|maintainer)s?[{:]?|__(?:author|maintainer|credits|email)s?__[ \t]*=[ \t\[(]*)"
            r"[ \t]*[\"']{0,3}(?P<who>[^\n\"'})\]]{2,120})"
        ),
        "person",
        _is_name,
    ),
    Pattern(
        "a copyright holder",
        ("copyright", "©", "(c)"),
        re.compile(
            r"(?:SPDX-FileCopyrightText:|\bcopyright\b(?:[ \t]{1,3}(?:\(c\)|©))?|©|(?<!\w)\(c\)(?=[ \t]{0,3}[0-9]{4}))"
            r"[ \t:]{0,4}(?:[0-9]{4}(?:[ \t]?[-–—,][ \t]?(?:[0-9]{4}|present|now))*+[ \t,]{0,4})?(?:\bby[ \t])?(?:\(c\)[ \t])?"
            r"(?P<who>[^\W\d][^\n<(/\"*|]{0,100}?)(?=[ \t]*(?:[.,;][ \t]|[.,;]?$|[<(/\"*|]|all rights|licensed))",
            re.IGNORECASE | re.MULTILINE,
        ),
        "person",
        _is_holder,
    ),
    Pattern(
        "a key",
        ("ssh-", "ecdsa-"),
        re.compile(
            r"(?P<who>(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp[0-9]{3}|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
            r"[ \t]{1,4}AAAA[0-9A-Za-z+/=]{20,}+(?:[ \t]{1,4}[^\s\"'#]{1,100})?)"
        ),
        "key",
        _always,
    ),
    Pattern(
        "a key",
        ("aaaac3nz", "aaaab3nz", "aaaae2vj"),
        re.compile(r"(?<![A-Za-z0-9+/])(?P<who>AAAA(?:C3Nz|B3Nz|E2Vj)[0-9A-Za-z+/=]{20,}+)"),
        "key",
        _always,
    ),
    Pattern(
        "a key",
        ("-----begin",),
        re.compile(
            r"(?P<who>-----BEGIN (?:PGP|OPENSSH|RSA|EC|DSA|SSH2|ENCRYPTED|PRIVATE|PUBLIC)[A-Z ]{0,40}-----[^-]{0,60000}+"
            r"(?:-----END [A-Z0-9 ]{1,40}-----)?)"
        ),
        "key",
        _always,
    ),
    Pattern(
        "a key",
        ("sha256:", "md5:", "gpg", "pgp", "fingerprint", "signingkey", "key id", "keyid"),
        re.compile(
            r"(?P<who>\bSHA256:[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/])|\bMD5(?::[0-9a-f]{2}){16}"
            r"|(?<![0-9A-F])(?:[0-9A-F]{4}[ ]{1,2}){9}[0-9A-F]{4}(?![0-9A-F])"
            r"|(?<=signingkey = )[0-9A-F]{8,40}|(?<=[:= ])0x[0-9A-F]{16}(?:[0-9A-F]{24})?(?![0-9A-Fa-f]))"
        ),
        "key",
        _always,
    ),
    Pattern(
        "a user of a machine",
        ("user", "logname", "hostname", "computername", "git_author", "git_committer"),
        re.compile(
            r"(?:\b(?:USER|USERNAME|LOGNAME|HOSTNAME|COMPUTERNAME|GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL))[ \t]?[=:]"
            r"|\buser\.(?:name|email|signingkey)(?:[ \t]?=|[ \t]))[ \t]?(?P<who>\"[^\"\n$]{2,80}\"|'[^'\n$]{2,80}'|[^\s\"'$<>{}(),;]{2,64})"
        ),
        "person",
        _is_user,
    ),
    Pattern(
        "a user of a machine",
        ("[user]",),
        re.compile(
            r"^\[user\][ \t]*\n(?:[^\n\[]*\n){0,6}?[ \t]*name[ \t]*=[ \t]*(?P<who>[^\n]{2,80})",
            re.MULTILINE,
        ),
        "person",
        _always,
    ),
    Pattern(
        "a user of a machine",
        ("@",),
        re.compile(
            r"(?<![\w.@/-])(?P<who>[a-z][a-z0-9_.-]{1,31}@[A-Za-z][A-Za-z0-9-]{1,40})(?=:[~/][^\n]{0,60}[$#%])"
        ),
        "person",
        lambda found, who: (
            not is_stand_in(who.split("@")[0])
            and (who.split("@")[0] not in _SERVICES or bool(_MACHINE.search(who)))
        ),
    ),
    Pattern(
        "a user of a machine",
        ("macbook", "imac", "-mbp", "laptop", "thinkpad", "desktop-", "-pc", "-air"),
        re.compile(
            r"(?<![\w-])(?P<who>[A-Za-z0-9]{2,20}s?-(?:MacBook|iMac|MBP|Laptop|ThinkPad|PC|Air|Desktop)(?:-Pro|-Air)?(?:\.(?:local|lan|home|fritz\.box))?(?![\w-])"
            r"|DESKTOP-[A-Z0-9]{7}(?![\w-])|LAPTOP-[A-Z0-9]{8}(?![\w-])|[A-Z][\w]{1,20}['’]s MacBook[ \w]{0,12})",
            re.IGNORECASE,
        ),
        "person",
        lambda found, who: (
            not who.lower().startswith(
                ("learner", "person-", "my-", "your-", "old-", "new-", "on-")
            )
        ),
    ),
    Pattern(
        "a user of a machine",
        ("://",),
        re.compile(r"://(?P<who>[A-Za-z0-9_.%-]{2,64})(?::[^@/\s\"'<>]{0,100}+)?@(?=[\w.-])"),
        "person",
        _is_user,
    ),
    Pattern(
        "somebody's name",
        (
            "my name is",
            "i am ",
            "i'm ",
            "ich bin ",
            "je m'appelle",
            "me llamo",
            "name's",
            "mi nombre es",
            "mein name ist",
            "je suis ",
            "soy ",
        ),
        re.compile(
            r"\b(?:[Mm]y name is|[Mm]y name['’]s|I am|I['’]m|[Ii]ch bin|[Mm]ein Name ist|[Jj]e m['’]appelle|[Jj]e suis|[Mm]e llamo|[Mm]i nombre es|[Ss]oy)[ \t]"
            r"(?P<who>[^\W\d_][\w’'-]{1,30}(?:[ \t][^\W\d_][\w’'-]{1,30}){0,2})"
        ),
        "person",
        lambda found, who: who[:1].isupper() and len(who) > 2 and not is_stand_in(who.split()[0]),
    ),
    Pattern(
        "somebody's name",
        (" by ", "by ", "—", "–", "--", "regards", "cheers", "thanks,"),
        re.compile(
            r"(?:\b(?:[Ww]ritten|[Cc]reated|[Mm]ade|[Dd]eveloped|[Aa]uthored|[Mm]aintained|[Rr]eviewed|[Bb]uilt|[Dd]esigned|[Pp]repared|[Ss]ubmitted)[ \t]by[ \t]"
            r"|^[^\w\n]{0,6}[Bb]y[ \t]|^[ \t>#*/]{0,6}(?:—|–|--)[ \t]|(?:[Rr]egards|[Cc]heers|[Tt]hanks),?[ \t]?\n[^\w\n]{0,6})"
            r"(?P<who>[^\W\d_][\w’'.-]{0,30}(?:[ \t][^\W\d_][\w’'.-]{1,30}){1,3})",
            re.MULTILINE,
        ),
        "person",
        _is_full_name,
    ),
    Pattern(
        "a student's number",
        ("student", "matrik", "matric", "enrol", "registration"),
        re.compile(
            r"\b(?:student|matrikel|matriculation|enrol+ment|registration)[ _-]?(?:id|no|nr|number|nummer)?\.?[ \t]?[:#=][ \t]?"
            r"[\"']?(?P<who>[A-Za-z]{0,4}[0-9][A-Za-z0-9-]{4,12})(?![\w-])",
            re.IGNORECASE,
        ),
        "nothing",
        _always,
    ),
)
_MACHINE = re.compile(r"macbook|imac|laptop|thinkpad|desktop|mbp", re.IGNORECASE)
