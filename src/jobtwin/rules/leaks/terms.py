"""What is known of a learner, and which words of it are sought in which way.

A short or ordinary word is sought only where it stands alone; a long one also inside others, split
and turned round, since no other text holds it by chance.
"""

from __future__ import annotations

import builtins
import codecs
import hashlib
import keyword
import re
import sys
from dataclasses import dataclass

from jobtwin.rules.leaks.folding import fold

ALONE = 3
"""The fewest letters of a word that is sought where it stands alone."""
INSIDE = 6
"""The fewest letters of a word that is sought inside others."""
ACROSS = 8
"""The fewest letters of a word that is sought across whatever stands between its letters."""

_ORDINARY = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | sys.stdlib_module_names
_EVERYDAY = frozenset(
    """
    account admin agent alpha amber angel anon app apps april art autumn baker bank base basil
    bell best beta bird bishop black blue bolt bond book boss bot brook brown build burns butler
    carter case cash chance chase china christian church clay client cloud code cook cooper core
    cross daisy dash data dawn day dean demo destiny dev developer devops docs dolphin dream
    drew duke east engine engineer event faith falcon field fish fisher flora flow forest fox
    frank franklin free game gene ghost gift glen gold golden grace grant gray green grey guest
    hall hard harmony hart haven hazel heart heather hello hill holly home hope host house
    hunter iris ivy jade jasmine jean jewel job joy june justice key king kit knight lake lane
    law lead learner learning light lily linux list little log long love lucky luna magic main
    major mark mars marsh martin mason master matrix max may melody mercy metal miles mill
    miller model moon moore morning music nash net new news nick night noble nobody north nova
    ocean olive open page paige park parker patience paul peace pearl penny pepper person pike
    pilot place platform pool poppy port porter post potter price prince python queen rain raven
    ray read reader red reed rich river rob robin rock rose ruby rule rush rusty sandy scott
    search server service shadow shaw silver sky smart smith snow sol son south spring star
    stone storm story student studio sue summer sun sunny swift system talent tech temple terra
    test tester thomas tiger tree trinity twin type user vale victor violet ward water way web
    well west white wild will willow wind winter wolf wood woods word work worker world young
    """.split()
)
"""Words of names that are words of texts as well."""
_PROVIDERS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com gmx.de "
    "gmx.net web.de proton.me protonmail.com posteo.de mail.com aol.com qq.com 163.com "
    "users.noreply.github.com example.com example.org".split()
)
_SEPARATORS = re.compile(r"[\W_]+")
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What is known of the learner whose work it is; every field may be empty."""

    logins: tuple[str, ...] = ()
    """Accounts, and names of forks and repositories that only this learner has."""
    names: tuple[str, ...] = ()
    """As commits give them."""
    mails: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Fingerprints, and public keys as OpenSSH writes them."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Folded words and how each is sought."""

    alone: tuple[str, ...]
    inside: tuple[str, ...]
    across: tuple[str, ...]
    exact: tuple[str, ...]
    """As they are, also in capitals: keys and digests."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.alone or self.inside or self.exact)


def is_ordinary(word: str) -> bool:
    """Say whether a folded word stands in texts and programs of everybody."""
    return word in _EVERYDAY or word in _ORDINARY


def terms(known: Identifiers) -> Terms:
    """Return what to look for, the longest first."""
    phrases, words = set[str](), set[str]()
    for login in (*known.logins, *(mail.partition("@")[0] for mail in known.mails)):
        phrases |= {fold(login), _squeezed(login)}
        words |= {word for word in _words(login) if len(word) > ALONE + 1}
    for name in known.names:
        phrases |= set(_orders(name))
        words |= set(_words(name))
    for mail in known.mails:
        phrases |= {fold(mail), *_domain(mail)}
    phrases = {phrase for phrase in phrases if not is_ordinary(phrase)}
    words = {word for word in words if not is_ordinary(word)}
    long = {_squeezed(phrase) for phrase in phrases} | words
    long = {word for word in long if len(word) >= INSIDE and not is_ordinary(word)}
    turned = {word[::-1] for word in long} | {codecs.encode(word, "rot13") for word in long}
    sought = {word for word in phrases | words if len(word) >= ALONE}
    return Terms(
        alone=_longest_first(sought),
        inside=_longest_first(long | {word for word in turned if len(word) >= ACROSS}),
        across=_longest_first({word for word in long | turned if len(word) >= ACROSS}),
        exact=_longest_first(_exact(known)),
    )


def _squeezed(text: str) -> str:
    return _SEPARATORS.sub("", fold(text))


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.findall(fold(text)) if len(word) >= ALONE]


def _orders(name: str) -> list[str]:
    """Return a name in the orders and contractions that people write it in."""
    parts = _WORDS.findall(fold(name))
    if len(parts) < 2:
        return parts
    first, last = parts[0], parts[-1]
    pairs = (parts, [first, last], [last, first], [first[0], last], [first, last[0]])
    joined = {sign.join(pair) for pair in pairs for sign in (" ", "", "-", "_", ".")}
    return [text for text in joined if len(_squeezed(text)) > ALONE + 1]


def _domain(mail: str) -> list[str]:
    domain = fold(mail.rpartition("@")[2])
    return [] if domain in _PROVIDERS or domain.count(".") == 0 else [domain]


def _exact(known: Identifiers) -> set[str]:
    found = set()
    for text in (*known.logins, *known.mails):
        for form in {text, text.strip().lower()}:
            data = form.encode("utf-8")
            found |= {hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256")}
    for key in known.keys:
        found.add(key.split()[1] if key.startswith(("ssh-", "ecdsa-", "sk-")) else key)
    return {text for text in found if len(text) >= INSIDE}


def _longest_first(words: set[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
