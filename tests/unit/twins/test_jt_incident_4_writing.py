"""Alert rules, post-mortem, updates and receipts of the incident twin, as hostile text."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.harness import twin_code
from jobtwin.harness.contract import Receipt
from jobtwin.harness.twin_code import load

HARNESS: Any = load(Path(__file__).parents[3] / "twins" / "jt-incident-4")
START = datetime(2031, 1, 1, 23, 30, tzinfo=UTC)
GOOD = """# Post-mortem
## Timeline
- 23:30 Paged.
- 23:40 UTC [update-01] First update.
- 23:58 [repro] Root cause confirmed.
* 00:20 Fix handed in.
## Root cause
{cause}
## Blast radius
**Wrong answers:** 1,040
## Follow-ups
- One — owner: Ada Lind — due: 2031-02-01
- Two — owner: Platform — due: 2031-02-02
- Three — Owner: Safety — Due: 2031-03-01
""".format(cause="word " * 40)


def part(name: Any) -> Any:
    return twin_code.part(HARNESS, name)


def check(text: Any, wrong: Any = 1000, expected: Any = None) -> Any:
    return part("postmortem").check(text.encode(), wrong, expected or {})


def test_a_good_post_mortem_holds_every_check_over_midnight_too() -> None:
    expected = {
        "update-01": START + timedelta(minutes=12),
        "repro": START + timedelta(minutes=33),
    }
    found = check(GOOD, expected=expected)
    assert found.fraction == 1
    assert found.blast_error == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("## Root cause", "## Why", "headings"),
        ("- 23:30 Paged.", "Paged at night.", "timeline"),
        ("[repro] ", "", "receipts"),
        ("23:58 [repro]", "23:20 [repro]", "receipts"),
        ("word " * 40, "word " * 39, "root cause"),
        ("1,040", "1,101", "blast radius"),
        ("Wrong answers:", "Some answers:", "blast radius"),
        ("2031-02-02", "soon", "follow-ups"),
        ("owner: Ada Lind", "owner: ", "follow-ups"),
        ("owner: Ada Lind", "owner: who", "follow-ups"),
    ],
)
def test_each_check_can_fail_by_itself(old: Any, new: Any, lost: Any) -> None:
    assert old in GOOD
    found = check(GOOD.replace(old, new), expected={"repro": START + timedelta(minutes=28)})
    assert lost not in found.passed


def test_the_template_of_the_kit_holds_no_check_but_the_headings() -> None:
    template = HARNESS.kit(b"t" * 32).files["inbox/POSTMORTEM.md"].decode()
    assert check(template).passed == {"headings"}


@given(st.binary(max_size=2000) | st.text(max_size=2000).map(str.encode))
def test_any_bytes_are_checked(content: Any) -> None:
    found = part("postmortem").check(content, 10, {})
    assert 0 <= found.fraction <= 1
    assert 0 <= found.blast_error <= 1


def test_an_oversized_post_mortem_is_not_read() -> None:
    assert check(GOOD + "x" * 300_000).fraction == 0


def update(impact: Any = "Some doses on screen are too high.", status: Any = "identified") -> Any:
    return part("solutions").update(impact, status, "in 20 minutes")


def receipt(minutes: Any, files: Any) -> Any:
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    return Receipt(START + timedelta(minutes=minutes), minutes, digests)


def times(inbox: Any, receipts: Any) -> Any:
    module = part("communication")
    updates = module.updates_of(inbox, receipts)
    return module.first_minutes(updates), module.longest_gap(updates)


def test_silence_is_measured_between_updates_and_to_the_end_of_the_window() -> None:
    one, two = update(), update("Some doses on screen were too high, now fixed.")
    inbox = {"updates/01.yml": one, "updates/02.yml": two}
    receipts = (receipt(10, {"updates/01.yml": one}), receipt(35, inbox))
    assert times(inbox, receipts) == (10, 55)


def test_an_update_that_says_resolved_ends_the_silence() -> None:
    one, two = update(), update(status="resolved")
    inbox = {"updates/01.yml": one, "updates/02.yml": two}
    receipts = (receipt(10, {"updates/01.yml": one}), receipt(35, inbox))
    assert times(inbox, receipts) == (10, 25)


def test_an_edited_update_counts_from_its_edit() -> None:
    inbox = {"updates/01.yml": update()}
    receipts = (receipt(5, {"updates/01.yml": b"impact: ''"}), receipt(40, inbox))
    assert times(inbox, receipts) == (40, 50)


def test_an_update_after_the_live_window_does_not_count() -> None:
    inbox = {"updates/01.yml": update()}
    assert times(inbox, (receipt(91, inbox),)) == (-1, -1)


def test_the_template_is_no_update() -> None:
    files = HARNESS.kit(b"t" * 32).files
    inbox = {p.removeprefix("inbox/"): c for p, c in files.items() if p.startswith("inbox/")}
    assert part("communication").updates_of(inbox, ()) == []


@pytest.mark.parametrize(
    "content",
    [
        update(impact="short"),
        update(status="great"),
        b"impact: text\nstatus: identified\n",
        b"- a list",
        b"\xff\xfe",
        b"impact: &a x\nstatus: *a\nnext_update: y\n",
    ],
)
def test_an_incomplete_update_is_told_apart(content: Any) -> None:
    updates = part("communication").updates_of({"updates/01.yml": content}, ())
    assert part("communication").completeness(updates) == 0


RULE = b"""rules:
- name: a
  metric: share
  of: status == refused
  window_minutes: 30
  comparator: ">"
  threshold: 0.5
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"metric: share", b"metric: sum"),
        (b"status == refused", b"at > 3"),
        (b"status == refused", b"status = refused"),
        (b"status == refused", b"__import__ == os"),
        (b"window_minutes: 30", b"window_minutes: 1000000"),
        (b"window_minutes: 30", b"window_minutes: true"),
        (b"threshold: 0.5", b"threshold: .nan"),
        (b"threshold: 0.5", b"threshold: 1e400"),
        (b'comparator: ">"', b"comparator: [1]"),
        (b"metric: share", b"metric: {a: b}"),
        (b"metric: share", b"metric: max"),
        (b"name: a", b"name: a b"),
        (b"rules:", b"rules: []\nother:"),
        (b"- name: a", b"- &x\n  name: a"),
    ],
)
def test_a_rule_outside_the_language_is_refused(old: Any, new: Any) -> None:
    assert old in RULE
    alerts = part("alerts")
    assert len(alerts.parse_rules(RULE)) == 1
    with pytest.raises(alerts.BadRules):
        alerts.parse_rules(RULE.replace(old, new))


def test_the_rules_that_the_documentation_shows_are_read() -> None:
    page = HARNESS.kit(b"t" * 32).files["docs/alert-rules.md"].decode()
    block = [line[4:] for line in page.splitlines() if line.startswith("    ")]
    rule = part("alerts").parse_rules(("rules:\n" + "\n".join(block) + "\n").encode())[0]
    assert (rule.name, rule.window, rule.group) == ("refusals-high", 30, "cited_product")


@given(st.text(max_size=300))
def test_any_condition_is_read_or_refused(text: Any) -> None:
    alerts = part("alerts")
    with suppress(alerts.BadRules):
        assert len(alerts._conditions("x", text)) <= alerts.MAX_CONDITIONS


def test_rules_see_groups_apart() -> None:
    alerts = part("alerts")
    rows = [
        alerts.Sample(float(n), {"ask": ("dose", "storage")[n % 2], "latency_ms": n % 2 * 100})
        for n in range(60)
    ]
    rule = (
        b"rules:\n- {name: m, metric: mean, field: latency_ms, window_minutes: 30,"
        b" comparator: '>=', threshold: 100, group: %s}\n"
    )
    assert alerts.first_firing(alerts.parse_rules(rule % b"none")[0], rows) is None
    assert alerts.first_firing(alerts.parse_rules(rule % b"ask")[0], rows) == 30
