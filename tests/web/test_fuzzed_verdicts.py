"""Whatever is added to a signed credential, or changed in it, both verifiers say the same of it."""

from __future__ import annotations

import copy
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.mutations import SIGNED
from tests.unit.credential.conftest import ISSUED_AT, Academy, badge
from tests.web.cases import Case, judge, write_files
from tests.web.test_same_verdicts import node, script

from jobtwin.credential import canonical, proof
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.errors import Refused

NAMES = [
    *"@id @type @value @graph @set @list @index @nest @none @json @reverse @included @foo".split(),
    *"id type ID name proof issuer evidence result image tag identifier narrative url".split(),
    *"toString __proto__ constructor a:b http: _:b urn:x https://x/ related description".split(),
    *("", " ", "id ", "\u00e9", "\uff5e", "\U0001f393"),
]
PLAIN = [None, True, False, 0, -0.0, 1.0, 1e21, 0.1, 2**53 - 1, "", "x", "\uff5e", "\U0001f393"]
IRIS = ["_:b0", "#x", "?q", "../x", "urn:x:1", "https://x.example/\u00e9", "https://x.example/ "]
LISTS = [[], [[]], [None], ["a", "a"], ["b", "a"], [{"type": ["Evidence"]}, {"type": ["Evidence"]}]]
OBJECTS = [
    *({}, {"id": "urn:x:2"}, {"id": "_:b1"}, {"@id": "urn:x"}, {"@set": []}, {"@list": ["a"]}),
    *({"@value": "x"}, {"@value": "x", "@language": "en"}, {"@value": 1}, {"@context": None}),
    *({"type": "x"}, {"type": ["Evidence"]}, {"type": []}, {"name": None}),
]
VALUES: list[Any] = [*PLAIN, *IRIS, *LISTS, *OBJECTS]


def change(document: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """Return the credential with one to three members added, replaced or removed."""
    for _ in range(choose.randint(1, 3)):
        places = [(p, v) for p, v in canonical.walk(document) if isinstance(v, dict | list)]
        _, holder = choose.choice(places)
        value = copy.deepcopy(choose.choice(VALUES))
        if isinstance(holder, list):
            holder.insert(choose.randint(0, len(holder)), value)
        elif holder and choose.random() < 0.4:
            name = choose.choice(list(holder))
            if choose.random() < 0.3:
                del holder[name]
            else:
                holder[name] = value
        else:
            holder[choose.choice(NAMES)] = value
    return document


def changed(choose: random.Random) -> bytes:
    """Return a credential that was changed after it was signed, or before where that can be."""
    if choose.random() < 0.5:
        return to_bytes(change(json.loads(SIGNED), choose))
    document = change(badge(), choose)
    try:
        return to_bytes(proof.sign(document, Academy().signer, ISSUED_AT))
    except Refused:
        return to_bytes(document)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(4))
def test_the_page_and_python_agree_on_whatever_is_changed(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)
    cases = [Case(str(number), changed(choose)) for number in range(500)]
    write_files(tmp_path / "cases.json", cases)
    done = subprocess.run(
        [node(), str(script("judge_node.js")), str(tmp_path / "cases.json")],
        capture_output=True,
        check=True,
        timeout=600,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    differ = {}
    for case in cases:
        said = judge(case)
        if told[case.name] != said:
            differ[case.content.decode()] = (said, told[case.name])
    assert differ == {}
