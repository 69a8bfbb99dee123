"""Whom a pattern's match names: a person, or nobody as in examples, decorators and services."""

from __future__ import annotations

import re

from jobtwin.rules.leaks.places import is_placeholder, is_stand_in

_NOT_HANDLES = frozenset(
    """
    abstract all api apinote apps array async author authors autoclass babel brief bug cached
    cached_property callback category channel charset class classmethod component config
    constant contextmanager copyright counter custom dataclass default deprecated description
    details dev dynamic each else end enduml enum event everyone example exception export
    extends file final fixture font-face function generator given global group handle here if
    ignore import include inheritdoc inject interface internal jit keyframes kind latest layer
    license link lru_cache main mark media memoize method mixin mixins mock module name
    namespace next njit note overload override package page param parametrize patch pragma
    private property protected public readonly receiver register requires rest return returns
    root route scope see setter settings since singleton skip slow startuml static staticmethod
    summary supports team test tf throws todo tool torch transaction ts-expect-error ts-ignore
    ts-nocheck type typedef types use user username validator value vectorize version virtual
    wraps yield
    """.split()
)
_HOMES = frozenset(
    """
    %username% admin airflow api app appuser circleci coder codespace container dashboard
    default deploy ec2-user gitpod guest home index jenkins jovyan learner linuxbrew me name
    nobody node nonroot page public root runner service shared spark ubuntu user username vscode
    worker www-data xxx you yourname
    """.split()
)
_SERVICES = frozenset(
    """
    admin airflow api app appuser args client db dbuser default elastic false git guest jovyan
    kafka localhost login me minioadmin mongo mongodb mysql neo4j nobody node none null oauth2
    oauth2accesstoken os owner pass password postgres postgresql rabbitmq reader readonly redis
    root runner sa self service string test token true ubuntu user user1 username vscode web
    worker writer www-data x-access-token you
    """.split()
)
_NO_HOLDERS = frozenset(
    """
    act all and apache by claim claims date date: for free header headers holder holders in
    information infringement is law laws licence license may name notice notices of or owner
    owners permission protection python see software statement symbol the this to year your yyyy
    """.split()
)
_MACHINE = re.compile(r"macbook|imac|laptop|thinkpad|desktop|mbp", re.IGNORECASE)
_SPELT_OUT = re.compile(r"[\[({<] ?(?:at|dot) ?[\])}>]| dot ", re.IGNORECASE)
_ANY_MACHINES = ("learner", "person-", "my-", "your-", "old-", "new-", "on-")
_NEAR = 400

Match = re.Match[str]


def is_handle(found: Match, who: str) -> bool:
    """Say whether a word after `@` is somebody's, and no decorator or tag of a language."""
    if who.lower() in _NOT_HANDLES or is_placeholder(who) or who.isdigit():
        return False
    text, at = found.string, found.start()
    before = text[max(0, at - _NEAR) : at].rpartition("\n")[2]
    after, _, following = text[found.end() : found.end() + _NEAR].partition("\n")
    is_alone = not before.strip() and not after.strip()
    return not (is_alone and following.lstrip().startswith(("def ", "class ", "async ", "@")))


def is_home(found: Match, who: str) -> bool:
    """Say whether a folder of users is one person's."""
    plain = who.lower().strip(".")
    return bool(plain) and not (plain in _HOMES or is_placeholder(who) or who.isdigit())


def is_holder(found: Match, who: str) -> bool:
    """Say whether what follows a copyright sign is a holder, and not a word about copyright."""
    words = who.replace(",", " ").split()
    if not words or words[0].lower().strip(".,:;\"'") in _NO_HOLDERS or is_placeholder(who):
        return False
    if is_stand_in(words[0]):
        return False
    lead = found[0][: found.start("who") - found.start()]
    if any(letter.isdigit() for letter in lead):
        return words[0][0].isalpha()
    return len(words) > 1 and words[0][0].isupper()


def is_name(found: Match, who: str) -> bool:
    """Say whether a value begins as a name does, or holds an address."""
    words = who.split()
    if not words or is_stand_in(words[0].strip("\"'<,")) or is_placeholder(who):
        return False
    lead = found[0][: found.start("who") - found.start()]
    is_code = lead[:1] in (" ", "\t") and len(words) == 1
    if "@" not in who and (is_code or any(sign in who for sign in "|=[(")):
        return False
    return words[0].strip("\"'<([{")[:1].isupper() or "@" in who


def is_full_name(found: Match, who: str) -> bool:
    """Say whether words are a name of two or more."""
    words = who.split()
    capitals = all(word[:1].isupper() for word in words)
    return len(words) > 1 and capitals and not is_stand_in(words[0])


def is_first_name(found: Match, who: str) -> bool:
    """Say whether a sentence such as `I am …` goes on with a name."""
    return who[:1].isupper() and len(who) > 2 and not is_stand_in(who.split(maxsplit=1)[0])


def is_user(found: Match, who: str) -> bool:
    """Say whether an account is a person's, and not a service's."""
    plain = who.lower().strip("\"' ")
    is_nobodys = plain in _SERVICES or plain in _HOMES or is_placeholder(plain)
    return len(plain) > 1 and not is_nobodys and not is_stand_in(plain)


def is_user_at(found: Match, who: str) -> bool:
    """Say whether `user@machine` of a prompt is a person's."""
    user = who.split("@", maxsplit=1)[0]
    return not is_stand_in(user) and (user not in _SERVICES or bool(_MACHINE.search(who)))


def is_machine(found: Match, who: str) -> bool:
    """Say whether a machine has somebody's name."""
    return not who.lower().startswith(_ANY_MACHINES)


def is_spelt_out(found: Match, who: str) -> bool:
    """Say whether `at` and `dot` stand for the signs of an address."""
    return bool(_SPELT_OUT.search(who))


def always(found: Match, who: str) -> bool:
    """Say that whoever it is, it is somebody."""
    return True
