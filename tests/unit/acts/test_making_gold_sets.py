"""Gold sets from a plan: real solutions, defects put into them, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.acts.calibrate.making import items_for, made_by_plan, refuse_weak
from jobtwin.errors import Refused
from jobtwin.harness.contract import GoldItem
from jobtwin.records.base import load
from jobtwin.records.calibration import GoldSet
from jobtwin.records.gold_plan import GoldPlan
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.twin import Twin
from jobtwin.rules import gold
from jobtwin.rules.scoring import level

PROJECT = Path(__file__).resolve().parents[3]
TWIN = load(Twin, (PROJECT / "twins/jt-incident-4/twin.yml").read_bytes()).record
POLICY = load(CalibrationPolicy, (PROJECT / "policy/calibration-2026-01.yml").read_bytes()).record
DIMENSIONS = [dimension.id for dimension in TWIN.rubric]
LEVELS = {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.75}


def _change(file: str, text: str) -> dict[str, str]:
    return {"file": file, "find": "All is well.", "replace": text}


def _plan(**changes: Any) -> dict[str, Any]:
    """Return a plan with one text per dimension in one file each, and a defect for every level."""
    defects = [
        {
            "id": f"{name.replace('_', '-')}-{number}",
            "dimension": name,
            "score": score,
            "what": f"{name} at level {number}",
            "variants": [
                {
                    "changes": [
                        {
                            "file": f"{name}.md",
                            "find": "All is well.",
                            "replace": f"{word} {number}",
                        }
                    ]
                }
                for word in ("Worse by", "Lower by", "Less by")
            ],
        }
        for name in DIMENSIONS
        for number, score in LEVELS.items()
    ]
    bases = [{"id": f"base-{n}", "folder": f"base-{n}"} for n in range(3)]
    plan = {"format": 1, "kind": "gold-plan", "twin": TWIN.id, "items": 24, "bases": bases}
    return plan | {"defects": defects} | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three base solutions and a plan."""
    for number in range(3):
        base = tmp_path / f"base-{number}"
        base.mkdir()
        for name in DIMENSIONS:
            (base / f"{name}.md").write_text(f"Solution {number}: {name}. All is well.\n")
    _write(tmp_path, _plan())
    return tmp_path


def _write(folder: Path, plan: dict[str, Any]) -> None:
    import json

    (folder / "plan.yml").write_text(json.dumps(plan))


def _made(folder: Path, seed: bytes = b"seed" * 8) -> list[Any]:
    return list(made_by_plan(folder / "plan.yml", TWIN, seed))


def _refused(folder: Path, **changes: Any) -> str:
    _write(folder, _plan(**changes))
    with pytest.raises(Refused) as refused:
        _made(folder)
    return "\n".join(str(finding) for finding in refused.value.findings)


def test_each_lost_point_is_a_defect_that_stands_in_the_artifact(folder: Path) -> None:
    for item in _made(folder):
        for name in DIMENSIONS:
            number = level(item.scores[name])
            text = item.files[f"{name}.md"].decode()
            assert ("All is well." in text) == (number == 5)
            assert (f"by {number}" in text) == (number < 5)
        lost = [name for name in DIMENSIONS if item.scores[name] < 1]
        assert [said.partition(":")[0] for said in item.defects] == lost


def test_the_levels_have_the_planned_shares_in_every_dimension(folder: Path) -> None:
    items = _made(folder)
    for name in DIMENSIONS:
        levels = [level(item.scores[name]) for item in items]
        assert [levels.count(number) for number in range(1, 6)] == [2, 4, 6, 7, 5]


def test_another_seed_gives_other_items_and_the_same_seed_the_same(folder: Path) -> None:
    assert _made(folder) == _made(folder)
    assert _made(folder) != _made(folder, b"another" * 5)


def test_the_items_are_the_same_whatever_the_hash_seed(folder: Path) -> None:
    code = (
        "import hashlib, sys; from pathlib import Path\n"
        "from jobtwin.acts.calibrate.making import made_by_plan\n"
        "from jobtwin.records.base import load; from jobtwin.records.twin import Twin\n"
        f"text = Path({str(PROJECT)!r}, 'twins/{TWIN.id}/twin.yml').read_bytes()\n"
        "twin = load(Twin, text).record\n"
        f"made = made_by_plan(Path({str(folder)!r}, 'plan.yml'), twin, b's' * 32)\n"
        "print(hashlib.sha256(repr(made).encode()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(found) == 1


@given(st.integers(1, 60), st.binary(min_size=16, max_size=32))
@settings(max_examples=25, deadline=None)
def test_any_number_of_items_keeps_the_shares_within_one(count: int, seed: bytes) -> None:
    import json

    from jobtwin.rules.gold_plan import build

    plan = load(GoldPlan, json.dumps(_plan(items=count)).encode()).record
    beside = {f"base-{n}/{d}.md": b"x All is well." for n in range(3) for d in DIMENSIONS}
    items = build(plan, TWIN, beside, seed)
    assert len(items) == count
    for name in DIMENSIONS:
        levels = [level(item.scores[name]) for item in items]
        for number, share in enumerate((2, 4, 6, 7, 5), start=1):
            assert abs(levels.count(number) - share * count / 24) < 1


def test_a_plan_made_set_is_good_enough_to_be_sealed_whatever_the_seed(folder: Path) -> None:
    for number in range(20):
        refuse_weak(_made(folder, bytes([number]) * 32), TWIN, POLICY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"find": "No such passage"}, "stands there 0 times"),
        ({"find": "l"}, "the passage stands there"),
        ({"find": ""}, "stands there 0 times"),
        ({"file": "nowhere.md"}, "nowhere.md is not there"),
        ({"find": None, "replace": None}, "say either find and replace, or put, or remove"),
        ({"replace": None}, "say either"),
        ({"find": None, "replace": None, "put": "gone.md"}, "gone.md is not beside the plan"),
    ],
)
def test_a_defect_that_cannot_be_put_in_is_refused(
    folder: Path, change: dict[str, Any], said: str
) -> None:
    plan = _plan()
    first = plan["defects"][0]["variants"][0]["changes"][0]
    kept = {key: value for key, value in (first | change).items() if value is not None}
    plan["defects"][0]["variants"][0]["changes"] = [kept]
    assert said in _refused(folder, defects=plan["defects"])


def test_a_level_without_a_defect_is_named(folder: Path) -> None:
    found = _refused(folder, defects=_plan()["defects"][1:])
    assert f"GLD-011 {DIMENSIONS[0]} has none at level 1" in found


def test_a_plan_for_another_twin_base_or_dimension_is_refused(folder: Path) -> None:
    assert "not for `jt-incident-4`" in _refused(folder, twin="jt-other-1")
    assert "lost/ holds no file" in _refused(folder, bases=[{"id": "b", "folder": "lost"}])
    wrong = [_plan()["defects"][0] | {"dimension": "charm"}, *_plan()["defects"]]
    assert "`charm` is no dimension" in _refused(folder, defects=wrong)
    odd = [_plan()["defects"][0] | {"score": 0.33}, *_plan()["defects"]]
    assert "no step of 0.05" in _refused(folder, defects=odd)


def test_two_defects_in_one_passage_are_refused_when_they_meet(folder: Path) -> None:
    for number in range(3):
        for name in DIMENSIONS:
            (folder / f"base-{number}" / f"{name}.md").write_text("All is well.\n")
    defects = _plan()["defects"]
    for defect in defects:
        for variant in defect["variants"]:
            variant["changes"][0]["file"] = f"{DIMENSIONS[0]}.md"
    assert "with other defects" in _refused(folder, defects=defects)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "base-0" / "secret.md").symlink_to("/etc/hostname")
    assert not [item for item in _made(folder) if "secret.md" in item.files]


def test_the_plan_in_the_documentation_is_one() -> None:
    page = (PROJECT / "docs" / "how-to" / "make-a-gold-set.md").read_text("utf-8")
    shown = page.partition("```yaml\n")[2].partition("```")[0]
    plan = load(GoldPlan, shown.encode()).record
    assert [defect.score for defect in plan.defects] == [0.5, 0.0]
    assert {base.folder for base in plan.bases} == {"careful", "terse"}


def test_a_plan_in_the_twins_folder_is_found_and_a_named_one_goes_before_it(
    folder: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "twin"
    (twin / "gold").mkdir(parents=True)
    for path in [p for p in folder.rglob("*") if p.is_file() and twin not in p.parents]:
        target = twin / "gold" / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    _write(folder, _plan(items=30))
    assert len(items_for(TWIN, twin, None, b"s" * 32, 5)) == 24
    assert len(items_for(TWIN, twin, folder / "plan.yml", b"s" * 32, 5)) == 30


# whether a set measures anything


def _items(count: int = 24) -> list[GoldItem]:
    anchors = (0.0, 0.25, 0.5, 0.75, 1.0)
    return [
        GoldItem(
            {"a.md": str(n).encode()},
            {name: anchors[(n + k) % 5] for k, name in enumerate(DIMENSIONS)},
            ("one", "two", "three", "four", "five"),
        )
        for n in range(count)
    ]


def _weak(items: list[GoldItem]) -> set[str]:
    with pytest.raises(Refused) as refused:
        refuse_weak(items, TWIN, POLICY)
    return {finding.code for finding in refused.value.findings}


def _spread(count: int = 24) -> list[GoldItem]:
    """Items whose levels go up and down together, so that some pass and some fail."""
    anchors = (0.0, 0.25, 0.5, 0.75, 1.0)
    return [
        GoldItem(
            {"a.md": str(n).encode()},
            dict.fromkeys(DIMENSIONS, anchors[n % 5]),
            ("one", "two", "three", "four", "five"),
        )
        for n in range(count)
    ]


def test_a_sound_set_is_let_through() -> None:
    refuse_weak(_spread(), TWIN, POLICY)


def test_nineteen_items_are_too_few() -> None:
    assert _weak(_spread(19)) == {"GLD-001"}


def test_where_all_items_get_the_same_verdict_agreement_is_had_for_nothing() -> None:
    assert "GLD-006" in _weak(_items())


def test_where_one_level_dominates_kappa_says_nothing() -> None:
    flat = [GoldItem(i.files, dict.fromkeys(DIMENSIONS, 0.75), i.defects) for i in _spread()]
    assert {"GLD-003", "GLD-006"} <= _weak(flat)


def test_copies_and_repeated_files_are_refused() -> None:
    items = _spread()
    assert _weak([*items[:-1], items[0]]) == {"GLD-004"}
    same = [GoldItem({**i.files, "b.md": b"boilerplate"}, i.scores, i.defects) for i in items]
    assert _weak(same) == {"GLD-004"}


def test_a_loss_without_a_defect_and_a_score_off_the_rubric_are_refused() -> None:
    items = _spread()
    bare = [GoldItem(items[0].files, items[0].scores, ("one",)), *items[1:]]
    assert _weak(bare) == {"GLD-005"}
    scores: dict[str, float] = {**items[0].scores, "charm": 1.0}
    odd = GoldItem(items[0].files, scores, items[0].defects)
    assert _weak([odd, *items[1:]]) == {"GLD-002"}


@pytest.mark.slow
@pytest.mark.parametrize("twin_id", ["jt-incident-4", "jt-evals-2"])
def test_the_gold_of_a_twin_holds_what_the_policy_asks_for_of_real_artifacts(twin_id: str) -> None:
    folder = PROJECT / "twins" / twin_id
    twin = load(Twin, (folder / "twin.yml").read_bytes()).record
    items = items_for(twin, folder, None, b"e" * 32, 24)
    refuse_weak(items, twin, POLICY)
    secret = b"s" * 32
    made = gold.seal(twin, "set-1", items, gold.public_key(secret), b"t" * 32, POLICY.since)
    record = load(GoldSet, made[gold.set_path(twin_id, "set-1")]).record
    secrets = gold.secrets_of(record, secret)
    reference = gold.open_reference(record, made[gold.reference_path(record)], secrets.answers)
    scores = [score for given in reference.scores.values() for score in given.values()]
    assert len(record.items) >= 20
    assert len(scores) >= 100
    for item in record.items:
        files = gold.open_item(made[gold.item_path(record, item.id)], secrets.items)
        assert len(files) >= 5
        lost = [score for score in reference.scores[item.id].values() if score < 1]
        assert len(reference.defects[item.id]) >= len(lost)
