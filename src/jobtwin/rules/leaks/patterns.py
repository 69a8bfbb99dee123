"""What gives anybody away, as a table: marks, form, what stands in for it, and whom it names.

Every form is linear in the length of what it is tried on: no part of it can be read in two ways,
and what repeats has a bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from jobtwin.rules.leaks import naming
from jobtwin.rules.leaks.hits import StandIn


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind: what must be there at all, what it looks like, and whom it does not name."""

    kind: str
    marks: tuple[str, ...]
    """Small letters; one of them stands near everything that the pattern fits."""
    form: re.Pattern[str]
    """The group `who` is what gives somebody away."""
    stand_in: StandIn
    is_somebody: Callable[[naming.Match, str], bool]
    prose_only: bool = False
    after: int = 0
    """How many letters after a mark it may reach, where that is more than a few lines."""


_VALUE = r"[ \t]*(?P<who>(?:[^\n\"'\\}\])]|'(?=\w)){1,200})"
_TRAILERS = (
    r"signed-off-by|co-authored-by|co-developed-by|reviewed-by|tested-by|acked-by|reported-by"
    r"|suggested-by"
    r"|helped-by|mentored-by|requested-by|authored-by|committed-by|written-by|submitted-by"
    r"|prepared-by|cc-by"
    r"|author|authors|committer|commit author|maintainer|maintainers|submitted by|prepared by"
    r"|written by"
    r"|student|student name|full name|candidate|participant|applicant"
)
_LABELS = (
    r"twitter|github|gitlab|discord|telegram|instagram|linkedin|mastodon|skype|whatsapp|wechat"
    r"|kaggle|reddit|bluesky|facebook|signal|matrix|irc|nick(?:name)?|hugging ?face|leetcode"
    r"|medium"
)
PATTERNS = (
    Pattern(
        "a mail address",
        ("[at]", "(at)", "{at}", "<at>", " at "),
        re.compile(
            r"(?<![\w.+-])(?P<who>[A-Za-z0-9][\w.+-]{0,63}[ \t]?(?:[\[({<][ \t]?at[ \t]?[\])}>]"
            r"|(?<=[ \t])at(?=[ \t]))"
            r"[ \t]?[A-Za-z0-9-]{1,63}(?:[ \t]?(?:[\[({<][ \t]?dot[ \t]?[\])}>]"
            r"|(?<=[ \t])dot(?=[ \t])|\.)[ \t]?[A-Za-z0-9-]{2,24}){1,3})",
            re.IGNORECASE,
        ),
        "mail",
        naming.is_spelt_out,
    ),
    Pattern(
        "a handle",
        ("@",),
        re.compile(r"(?<![\w@/.`+-])@(?P<who>[A-Za-z0-9_][\w-]{1,38})(?![\w/(@]|[.:=][\w(]|-)"),
        "person",
        naming.is_handle,
        prose_only=True,
    ),
    Pattern(
        "a handle",
        ("@",),
        re.compile(r"(?<![\w@/.+-])@(?P<who>[A-Za-z0-9_]{2,30})(?=@(?:[a-z0-9-]+\.)+[a-z]{2,})"),
        "person",
        naming.always,
    ),
    Pattern(
        "a handle",
        ("todo(", "fixme(", "xxx(", "hack(", "note("),
        re.compile(r"\b(?:TODO|FIXME|XXX|HACK|NOTE)\(@?(?P<who>[A-Za-z][\w.-]{1,38})\)"),
        "person",
        naming.is_user,
    ),
    Pattern(
        "a handle",
        tuple(
            "twitter github gitlab discord telegram instagram linkedin mastodon skype "
            "whatsapp wechat kaggle reddit bluesky facebook signal matrix irc nick hugging "
            "leetcode medium".split()
        ),
        re.compile(
            rf"\b(?:{_LABELS})(?:[ \t](?:handle|id|user(?:name)?|account"
            rf"|profile))?[ \t]?[:=][ \t]?(?![\w]{{0,8}}://)"
            r"@?(?P<who>[A-Za-z][\w.-]{2,38}(?:\#[0-9]{4})?)(?=[ \t]{0,4}(?:$|[,;|)\]<(]))",
            re.IGNORECASE | re.MULTILINE,
        ),
        "person",
        naming.is_user,
        prose_only=True,
    ),
    Pattern(
        "a home folder",
        ("home", "users", "settings"),
        re.compile(
            r"(?:(?<![\w.])/(?:home|Users|export/home|usr/home|var/home"
            r"|data/home)/(?:[a-z]/(?=[a-z]{2}))?"
            r"|\b[A-Za-z](?::|%3A)[\\/]{1,4}[Uu]sers[\\/]{1,4}|/mnt/[a-z]/Users/|/[a-z]/Users/"
            r"|(?<=[/\\])Documents and Settings[\\/]{1,4})"
            r"(?P<who>[^\\/\s\"'<>|:*?,;()\[\]{}$#@!&=`]{1,64})"
        ),
        "learner",
        naming.is_home,
    ),
    Pattern(
        "a home folder",
        ("~",),
        re.compile(r"(?<![\w/~.])~(?P<who>[a-z_][a-z0-9_-]{1,31})/"),
        "learner",
        naming.is_home,
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
        naming.is_name,
    ),
    Pattern(
        "a trailer or author line",
        ("from:", "to:", "cc:", "reply-to:"),
        re.compile(
            r"^(?:From|To|Cc|Reply-To):[ \t](?P<who>[^\n@]{2,80}<[^\n>]{3,80}>)", re.MULTILINE
        ),
        "person",
        naming.is_name,
    ),
    Pattern(
        "a trailer or author line",
        ("author", "credits", "maintainer", "editor"),
        re.compile(
            r"(?:[@\\:](?:author|editor|maintainer)s?[{:]?|__(?:author|maintainer|credits"
            r"|email)s?__[ \t]*=[ \t\[(]*)"
            r"[ \t]*[\"']{0,3}(?P<who>[^\n\"'})\]]{2,120})"
        ),
        "person",
        naming.is_name,
    ),
    Pattern(
        "a copyright holder",
        ("copyright", "©", "(c)"),
        re.compile(
            r"(?:SPDX-FileCopyrightText:|\bcopyright\b(?:[ \t]{1,3}(?:\(c\)|©))?|©"
            r"|(?<!\w)\(c\)(?=[ \t]{0,3}[0-9]{4}))"
            r"[ \t:]{0,4}(?:[0-9]{4}(?:[ \t]?[-–—,][ \t]?(?:[0-9]{4}|present"
            r"|now))*+[ \t,]{0,4})?(?:\bby[ \t])?(?:\(c\)[ \t])?"
            r"(?P<who>[^\W\d][^\n<(/\"*|]{0,100}?)(?=[ \t]*(?:[.,;][ \t]|[.,;]?$|[<(/\"*|]"
            r"|all rights|licensed))",
            re.IGNORECASE | re.MULTILINE,
        ),
        "person",
        naming.is_holder,
    ),
    Pattern(
        "a key",
        ("ssh-", "ecdsa-"),
        re.compile(
            r"(?P<who>(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp[0-9]{3}|sk-(?:ssh-ed25519"
            r"|ecdsa-sha2-nistp256)@openssh\.com)"
            r"[ \t]{1,4}AAAA[0-9A-Za-z+/=]{20,}+(?:[ \t]{1,4}[^\s\"'#]{1,100})?)"
        ),
        "key",
        naming.always,
    ),
    Pattern(
        "a key",
        ("aaaac3nz", "aaaab3nz", "aaaae2vj"),
        re.compile(r"(?<![A-Za-z0-9+/])(?P<who>AAAA(?:C3Nz|B3Nz|E2Vj)[0-9A-Za-z+/=]{20,}+)"),
        "key",
        naming.always,
    ),
    Pattern(
        "a key",
        ("-----begin",),
        re.compile(
            r"(?P<who>-----BEGIN (?:PGP|OPENSSH|RSA|EC|DSA|SSH2|ENCRYPTED|PRIVATE"
            r"|PUBLIC)[A-Z ]{0,40}-----[^-]{0,60000}+"
            r"(?:-----END [A-Z0-9 ]{1,40}-----)?)"
        ),
        "key",
        naming.always,
        after=60_200,
    ),
    Pattern(
        "a key",
        ("sha256:", "md5:", "gpg", "pgp", "fingerprint", "signingkey", "key id", "keyid"),
        re.compile(
            r"(?P<who>\bSHA256:[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/])|\bMD5(?::[0-9a-f]{2}){16}"
            r"|(?<![0-9A-F])(?:[0-9A-F]{4}[ ]{1,2}){9}[0-9A-F]{4}(?![0-9A-F])"
            r"|(?<=signingkey = )[0-9A-F]{8,40}"
            r"|(?<=[:= ])0x[0-9A-F]{16}(?:[0-9A-F]{24})?(?![0-9A-Fa-f]))"
        ),
        "key",
        naming.always,
    ),
    Pattern(
        "a user of a machine",
        ("user", "logname", "hostname", "computername", "git_author", "git_committer"),
        re.compile(
            r"(?:\b(?:USER|USERNAME|LOGNAME|HOSTNAME|COMPUTERNAME|GIT_(?:AUTHOR"
            r"|COMMITTER)_(?:NAME|EMAIL))[ \t]?[=:]"
            r"|\buser\.(?:name|email|signingkey)(?:[ \t]?="
            r"|[ \t]))[ \t]?(?P<who>\"[^\"\n$]{2,80}\"|'[^'\n$]{2,80}'|[^\s\"'$<>{}(),;]{2,64})"
        ),
        "person",
        naming.is_user,
    ),
    Pattern(
        "a user of a machine",
        ("[user]",),
        re.compile(
            r"^\[user\][ \t]*\n(?:[^\n\[]*\n){0,6}?[ \t]*name[ \t]*=[ \t]*(?P<who>[^\n]{2,80})",
            re.MULTILINE,
        ),
        "person",
        naming.always,
    ),
    Pattern(
        "a user of a machine",
        ("@",),
        re.compile(
            r"(?<![\w.@/-])(?P<who>[a-z][a-z0-9_.-]{1,31}@[A-Za-z][A-Za-z0-9-]{1,40})"
            r"(?=:[~/][^\n]{0,60}[$#%])"
        ),
        "person",
        naming.is_user_at,
    ),
    Pattern(
        "a user of a machine",
        ("macbook", "imac", "-mbp", "laptop", "thinkpad", "desktop-", "-pc", "-air"),
        re.compile(
            r"(?<![\w-])(?P<who>[A-Za-z0-9]{2,20}s?-(?:MacBook|iMac|MBP|Laptop|ThinkPad|PC|Air"
            r"|Desktop)(?:-Pro|-Air)?(?:\.(?:local|lan|home|fritz\.box))?(?![\w-])"
            r"|DESKTOP-[A-Z0-9]{7}(?![\w-])|LAPTOP-[A-Z0-9]{8}(?![\w-])"
            r"|[A-Z][\w]{1,20}['’]s MacBook[ \w]{0,12})",
            re.IGNORECASE,
        ),
        "person",
        naming.is_machine,
    ),
    Pattern(
        "a user of a machine",
        ("://",),
        re.compile(r"://(?P<who>[A-Za-z0-9_.%-]{2,64})(?::[^@/\s\"'<>]{0,100}+)?@(?=[\w.-])"),
        "person",
        naming.is_user,
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
            r"\b(?:[Mm]y name is|[Mm]y name['’]s|I am|I['’]m|[Ii]ch bin|[Mm]ein Name ist"
            r"|[Jj]e m['’]appelle|[Jj]e suis|[Mm]e llamo|[Mm]i nombre es|[Ss]oy)[ \t]"
            r"(?P<who>[^\W\d_][\w’'-]{1,30}(?:[ \t][^\W\d_][\w’'-]{1,30}){0,2})"
        ),
        "person",
        naming.is_first_name,
    ),
    Pattern(
        "somebody's name",
        (" by ", "by ", "—", "–", "--", "regards", "cheers", "thanks,"),
        re.compile(
            r"(?:\b(?:[Ww]ritten|[Cc]reated|[Mm]ade|[Dd]eveloped|[Aa]uthored|[Mm]aintained"
            r"|[Rr]eviewed|[Bb]uilt|[Dd]esigned|[Pp]repared|[Ss]ubmitted)[ \t]by[ \t]"
            r"|^[^\w\n]{0,6}[Bb]y[ \t]|^[ \t>#*/]{0,6}(?:—|–|--)[ \t]|(?:[Rr]egards|[Cc]heers"
            r"|[Tt]hanks),?[ \t]?\n[^\w\n]{0,6})"
            r"(?P<who>[^\W\d_][\w’'.-]{0,30}(?:[ \t][^\W\d_][\w’'.-]{1,30}){1,3})",
            re.MULTILINE,
        ),
        "person",
        naming.is_full_name,
    ),
    Pattern(
        "a student's number",
        ("student", "matrik", "matric", "enrol", "registration"),
        re.compile(
            r"\b(?:student|matrikel|matriculation|enrol+ment|registration)[ _-]?(?:id|no|nr"
            r"|number|nummer)?\.?[ \t]?[:#=][ \t]?"
            r"[\"']?(?P<who>[A-Za-z]{0,4}[0-9][A-Za-z0-9-]{4,12})(?![\w-])",
            re.IGNORECASE,
        ),
        "nothing",
        naming.always,
    ),
)
