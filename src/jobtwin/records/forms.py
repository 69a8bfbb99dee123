"""The forms of short texts in records: a pattern for machines, and the same in words for people.

Knows the patterns that somebody types a value for; what only the engine writes needs no words.
"""

from __future__ import annotations

from typing import Final

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TWIN_ID: Final = r"^jt-[a-z0-9]+(-[a-z0-9]+)*$"
SYMBOL: Final = r"^[a-z][a-z0-9]*([_.-][a-z0-9]+)*$"
HEX_64: Final = r"^[0-9a-f]{64}$"
COMMIT: Final = r"^[0-9a-f]{40}$"
SALTED_HASH: Final = r"^sha256\$[0-9a-f]{64}$"
REPOSITORY_URL: Final = (
    r"^https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+){1,6}$"
)
DOMAIN: Final = r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$"
LINE: Final = r"^[^\n]*$"
EMPLOYER_DID: Final = (
    r"^did:(?:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}|"
    r"web:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:%3A[0-9]{1,5})?(?::[A-Za-z0-9._~-]+)*)$"
)

IN_WORDS: Final = {
    SLUG: "small letters, digits and single hyphens, such as `ada-example`",
    TWIN_ID: "the id of a twin, such as `jt-incident-4`",
    SYMBOL: "small letters and digits, joined by dots, hyphens or underscores",
    HEX_64: "64 hexadecimal digits in small letters",
    COMMIT: "a whole commit id: 40 hexadecimal digits in small letters, as `git rev-parse HEAD` "
    "prints them",
    SALTED_HASH: "a salted hash as `jobtwin start --name` writes it, never the name itself",
    REPOSITORY_URL: "the https address of a public repository, such as "
    "`https://github.com/you/work`: host in small letters, and nothing after the repository's name",
    DOMAIN: "a domain in small letters, such as `example.com`",
    LINE: "one line",
    EMPLOYER_DID: "a `did:web:` name, such as `did:web:employer.example`, or the `did:key:z6Mk…` "
    "that `jobtwin attest key` prints",
}
"""Pattern → what the value must be."""
