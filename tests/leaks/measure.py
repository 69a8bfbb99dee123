"""What the scanner and the cleaner make of the corpus, by kind, and of clean files."""

from __future__ import annotations

import sys
from collections import Counter

from jobtwin.rules.leaks import Identifiers, scan
from tests.leaks import corpus
from tests.leaks.kinds_fixed import FIXED
from tests.leaks.kinds_held_out import HELD_OUT
from tests.leaks.people import Person
from tests.leaks.planting import Leak


def identifiers(person: Person) -> Identifiers:
    return Identifiers(
        (person.login,),
        (person.name,),
        (person.mail,),
        (person.fingerprint, f"ssh-ed25519 {person.key_blob}"),
    )


def is_found(case: corpus.Case) -> bool:
    for leak in scan(case.files, identifiers(case.learner)):
        if leak.path == case.leak.path and (
            case.leak.lines is None or case.leak.lines[0] <= leak.line <= case.leak.lines[1]
        ):
            return True
    return False


if __name__ == "__main__":
    total, hit = Counter(), Counter()
    for case in corpus.cases((*FIXED, *HELD_OUT)):
        total[case.leak.kind] += 1
        if is_found(case):
            hit[case.leak.kind] += 1
        else:
            l = case.leak
            print(
                "MISSED",
                l.kind,
                l.form,
                l.path,
                l.owner == case.learner,
                case.files[l.path]
                .decode("utf-8", "replace")
                .split("\n")[l.lines[0] - 1 : l.lines[1]]
                if l.lines
                else "",
            )
    print({k: f"{hit[k]}/{n}" for k, n in total.items()})
    n = 0
    for files, person in corpus.clean():
        for leak in scan(files, identifiers(person)):
            n += 1
            t = files[leak.path].decode("utf-8", "replace").split("\n")
            if n < 40:
                print("FALSE", leak, t[leak.line - 1][:120] if len(t) >= leak.line else "")
    print("false", n)
