"""From the claim to the pull request on the mentor's own machine."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import bundle as bundles
from jobtwin.acts import review as act
from jobtwin.acts.review import writing
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim, Review
from jobtwin.repository import append, ssh
from jobtwin.repository.git import Git
from jobtwin.rules.signature import REVIEW, check_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TWIN = "jt-incident-4"
MIA, MAX = Account(501, "mia"), Account(502, "max")
LEARNER = (b"lea@", b"1001", b"people.invalid")


class Home:
    """A mentor's clone, a fork, and what the commands say."""

    def __init__(self, desk: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self.folder, self.capsys = desk, folder, capsys
        self.clone, self.fork = folder / "clone", folder / "mia" / "records.git"
        url = f"file://{desk.git.path}"
        desk.git.run("clone", "-q", "--bare", url, str(self.fork))
        desk.git.run("clone", "-q", url, str(self.clone))

    def run(self, *words: str | Path) -> tuple[int, str, str]:
        code = _run(["review", *map(str, words)])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def next(self, *words: str) -> tuple[int, str, str]:
        out = self.folder / "r"
        given = words or ("--mentor", "mia")
        return self.run("next", *given, "--repo", self.clone, "--out", out)

    def submit(self, *words: str | Path) -> tuple[int, str, str]:
        to = ["--to", f"file://{self.desk.git.path}", "--fork", f"file://{self.fork}"]
        return self.run("submit", self.review, "--repo", self.clone, *to, *words)

    @property
    def review(self) -> Path:
        return self.folder / "r" / "review.yml"

    def key(self, name: str = "mia") -> tuple[str, Path]:
        return "--key", self.desk.keys / name

    def fill(self, attempt_id: str, **given: Any) -> bytes:
        content = write(self.desk.written(attempt_id, **given))
        self.review.parent.mkdir(exist_ok=True)
        self.review.write_bytes(content)
        return content

    def pushed(self, branch: str) -> dict[str, bytes]:
        git = Git(self.fork)
        paths = git.text("diff", "--name-only", f"{branch}^", branch).split()
        return {path: git.run("cat-file", "blob", f"{branch}:{path}") for path in paths}


@pytest.fixture
def home(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Home:
    return Home(desk, tmp_path, capsys)


def claimed(desk: Any) -> tuple[str, str]:
    """Return the ids of an attempt and of the review that mia claimed."""
    attempt_id: str = desk.evaluated_attempt()
    return attempt_id, desk.claim(MIA).review_id


def paired(desk: Any) -> None:
    content = desk.ledger().tree.read(layout.twin(TWIN)).decode()
    pair = content.replace("reviewers: 1", "reviewers: 2").encode()
    append.add(desk.git, {layout.twin(TWIN): pair}, "Two reviewers", desk.now)


def test_next_writes_bundle_and_form_for_a_claim_that_came_after_the_clone(home: Home) -> None:
    _, review_id = claimed(home.desk)
    code, out, _ = home.next()
    assert code == 0
    assert (home.folder / "r" / "bundle" / "report.md").is_file()
    guide = home.desk.ledger().tree.read(f"twins/{TWIN}/mentor-guide.md")
    assert (home.folder / "r" / "bundle" / "mentor-guide.md").read_bytes() == guide
    assert review_id in home.review.read_text()
    for step in ("jobtwin review check", "jobtwin review submit"):
        assert f"{step} {home.review}" in out
    assert Git(home.clone).text("status", "--porcelain") == ""


def test_nothing_that_next_writes_or_says_names_the_learner(home: Home) -> None:
    attempt_id, _ = claimed(home.desk)
    _, out, err = home.next()
    subject = home.desk.attempt(attempt_id).started.subject.encode()
    written = [path.read_bytes() for path in (home.folder / "r").rglob("*") if path.is_file()]
    for content in (*written, out.encode(), err.encode()):
        assert not [word for word in (*LEARNER, subject) if word in content]


def test_the_claim_is_found_by_the_reviews_id_too(home: Home) -> None:
    _, review_id = claimed(home.desk)
    assert home.next("--review", review_id)[0] == 0
    assert home.next("--review", review_id)[0] == 2
    assert home.run("next", "--review", "0" * 32, "--repo", home.clone)[0] == 1


def test_of_several_claims_the_one_due_first_comes_and_the_others_are_named(home: Home) -> None:
    _, first = claimed(home.desk)
    home.desk.wait(hours=1)
    home.desk.evaluated_attempt(account=1002)
    second = home.desk.claim(MIA).review_id
    code, out, err = home.next()
    assert (code, first in out, second in err) == (0, True, True)


def test_who_has_no_open_claim_is_told_how_to_get_one(home: Home) -> None:
    assert home.next()[0] == 1
    code, _, err = home.next("--mentor", "nobody")
    assert (code, "REV-012" in err, "/claim" in err) == (1, True, True)
    attempt_id, _ = claimed(home.desk)
    home.desk.review(home.desk.written(attempt_id))
    assert "REV-012" in home.next()[2]
    assert home.next("--mentor", "mia", "--review", "0" * 32)[0] == 2


def test_a_released_claim_is_not_open(desk: Any) -> None:
    _, review_id = claimed(desk)
    desk.wait(hours=49)
    desk.claim(MAX)
    with pytest.raises(Refused, match="REV-012"):
        writing.claimed(desk.ledger(), review_id=review_id)


def test_the_work_of_a_sealed_cohort_is_not_brought_to_a_server(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed(home.desk)
    found = writing.claimed

    def sealed(*given: Any, **named: Any) -> list[writing.Claimed]:
        return [replace(one, is_private=True) for one in found(*given, **named)]

    monkeypatch.setattr(writing, "claimed", sealed)
    code, _, err = home.next("--mentor", "mia", "--read-in", "mia/reading")
    assert (code, "goes to no server" in err) == (2, True)
    assert not home.review.exists()


def test_without_its_origin_next_reads_what_is_here(home: Home) -> None:
    claimed(home.desk)
    Git(home.clone).run("fetch", "-q", "origin")
    Git(home.clone).run("remote", "set-url", "origin", str(home.folder / "gone"))
    code, _, err = home.next()
    assert (code, "what is here is read" in err) == (0, True)


def test_check_while_writing_says_what_is_blank_apart_from_what_is_wrong(home: Home) -> None:
    claimed(home.desk)
    home.next()
    text = home.review.read_text()
    home.review.write_text(text.replace("score:", "score: 0.77", 1))
    code, _, err = home.run("check", home.review, "--repo", home.clone)
    assert code == 1
    assert "0 of 5 dimensions are complete; 1 wrong, 15 still blank" in err
    line = 1 + text[: text.index("score:")].count("\n")
    assert f"{home.review}:{line}:5: REV-003 0.77 is not on the grid" in err


def test_submit_signs_and_pushes_exactly_the_two_files(home: Home) -> None:
    attempt_id, review_id = claimed(home.desk)
    content = home.fill(attempt_id)
    code, out, _ = home.submit(*home.key())
    assert code == 0
    brought = home.pushed(f"review-{review_id[:8]}")
    path = f"{layout.GRADES_INBOX}/review.yml"
    assert set(brought) == {path, f"{path}.sig"}
    assert brought[path] == content
    key = ssh.public_key(home.desk.keys / "mia.pub")
    assert not list(check_signature(content, brought[f"{path}.sig"], key, REVIEW))
    assert f"compare/main...mia:records:review-{review_id[:8]}?expand=1" in out
    effects = act.review(
        home.desk.event(), home.desk.ledger(), home.desk.holders, content, brought[f"{path}.sig"]
    )
    assert layout.reviewed(TWIN, attempt_id, 1) in effects.records


def test_a_review_that_is_signed_needs_no_key_and_a_changed_one_is_signed_anew(home: Home) -> None:
    attempt_id, review_id = claimed(home.desk)
    home.fill(attempt_id)
    assert home.run("sign", home.review, *home.key())[0] == 0
    assert home.submit()[0] == 0
    changed = home.fill(attempt_id, score=0.8)
    code, _, err = home.submit()
    assert (code, "not signed as it is now" in err) == (2, True)
    assert home.submit(*home.key())[0] == 0
    path = f"{layout.GRADES_INBOX}/review.yml"
    assert home.pushed(f"review-{review_id[:8]}")[path] == changed


def test_where_another_mentor_reads_the_box_alone_is_sent(home: Home) -> None:
    paired(home.desk)
    attempt_id, review_id = claimed(home.desk)
    code, out, _ = home.next()
    assert (code, "`submit` seals your review" in out) == (0, True)
    form = " ".join(home.review.read_text().replace("#", "").split())
    assert "Your review is sealed when you hand it in" in form
    home.fill(attempt_id, score=0.35)
    assert home.submit(*home.key())[0] == 0
    ((path, box),) = home.pushed(f"review-{review_id[:8]}").items()
    assert path == f"{layout.GRADES_INBOX}/review.sealed"
    assert b"0.35" not in box
    effects = act.sealed(home.desk.event(), home.desk.ledger(), home.desk.holders, box)
    assert layout.reviewed(TWIN, attempt_id, 1) in effects.records


def test_nothing_is_sent_of_an_incomplete_review_or_one_by_another_key(home: Home) -> None:
    attempt_id, review_id = claimed(home.desk)
    home.next()
    assert "REV-011" in home.submit(*home.key())[2]
    home.fill(attempt_id)
    code, _, err = home.submit(*home.key("max"))
    assert (code, "SIG-003" in err) == (1, True)
    assert Git(home.fork).text("branch", "--list", f"review-{review_id[:8]}") == ""


def test_by_hand_the_commands_bring_the_same_files(home: Home) -> None:
    attempt_id, review_id = claimed(home.desk)
    home.fill(attempt_id)
    code, out, _ = home.submit(*home.key(), "--by-hand")
    assert code == 0
    script = out.replace("YOUR-FORK", f"file://{home.fork}")
    identity = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "mia") | dict.fromkeys(
        ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "mia@people.invalid"
    )
    subprocess.run(
        ["bash", "-euc", script], cwd=home.clone, env={**os.environ, **identity}, check=True
    )
    names = {path.rsplit("/", 1)[-1] for path in home.pushed(f"review-{review_id[:8]}")}
    assert names == {"review.yml", "review.yml.sig"}


def test_by_hand_a_sealed_review_lies_beside_the_review(home: Home) -> None:
    paired(home.desk)
    attempt_id, _ = claimed(home.desk)
    home.fill(attempt_id)
    _, out, _ = home.submit(*home.key(), "--by-hand")
    assert "cp" in out
    assert "review.yml" not in out
    assert (home.review.parent / "review.sealed").is_file()


def test_a_review_copied_to_another_claim_is_refused_before_it_is_sent(home: Home) -> None:
    attempt_id, _ = claimed(home.desk)
    mine = home.fill(attempt_id)
    home.desk.review(load(Review, mine, "r").record)
    other = home.desk.evaluated_attempt(account=1002)
    claim = home.desk.claim(MAX)
    moved = load(Review, mine, "r").record.model_copy(update={"attempt": other})
    digest = home.desk.attempt(other).last(Claim).digest
    for update in ({}, {"claim": digest}, {"claim": digest, "mentor": claim.mentor}):
        home.review.write_bytes(write(moved.model_copy(update=update)))
        code, _, err = home.submit(*home.key())
        assert code == 1
        assert "REV-001" in err or "SIG-003" in err


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Return a function that gives a private key to an agent of our own."""
    socket = tmp_path / "agent.sock"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))

    def add(key: Path) -> None:
        for _ in range(100):
            if socket.exists():
                break
            time.sleep(0.02)
        subprocess.run(["ssh-add", "-q", str(key)], check=True)

    yield add
    process.terminate()
    process.wait()


def test_a_key_that_only_an_agent_holds_signs(
    home: Home, agent: Callable[[Path], None], tmp_path: Path
) -> None:
    attempt_id, _ = claimed(home.desk)
    content = home.fill(attempt_id)
    key = tmp_path / "kept"
    public = ssh.make_key(key, "kept")
    agent(key)
    key.unlink()
    assert home.run("sign", home.review, "--key", f"{key}.pub")[0] == 0
    signature = home.review.with_name("review.yml.sig").read_bytes()
    assert not list(check_signature(content, signature, public, REVIEW))


def security_key(folder: Path, private: bool) -> Path:
    """Write a file as ssh-keygen does for a security key; its blob names the kind in clear."""
    import base64

    kind = b"sk-ssh-ed25519@openssh.com"
    blob = len(kind).to_bytes(4, "big") + kind + bytes(40)
    path = folder / ("id_sk" if private else "id_sk.pub")
    if private:
        body = base64.encodebytes(b"openssh-key-v1\0" + bytes(24) + blob).decode()
        path.write_text(
            f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n"
        )
    else:
        path.write_text(f"{kind.decode()} {base64.b64encode(blob).decode()} mia\n")
    return path


@pytest.mark.parametrize("private", [True, False])
def test_a_security_key_is_refused_with_the_reason_before_it_is_touched(
    home: Home, tmp_path: Path, private: bool
) -> None:
    attempt_id, _ = claimed(home.desk)
    home.fill(attempt_id)
    code, _, err = home.run("sign", home.review, "--key", security_key(tmp_path, private))
    assert (code, "SIG-002" in err, "ssh-keygen -t ed25519" in err) == (1, True, True)
    assert not home.review.with_name("review.yml.sig").exists()


def test_the_reviewer_of_a_retake_is_shown_nothing_of_the_first_attempt(desk: Any) -> None:
    first, _ = desk.graded(score=0.35)
    desk.wait(days=1)
    second = desk.evaluated_attempt(number=2)
    record = desk.claim(MAX)
    assert record.attempt == second
    ledger = desk.ledger()
    shown = [
        *bundles.bundle(ledger, TWIN, record.review_id).values(),
        act.template(ledger, TWIN, record.review_id),
        act_comment(desk, record).encode(),
    ]
    said = desk.written(second, mentor="max")
    earlier = desk.ledger().review(TWIN, first, 1)
    words = [first, "0.35", "mia", earlier.summary.splitlines()[0], earlier.scores[0].comment]
    words += [earlier.comments[0].text, earlier.claim]
    for content in shown:
        assert not [word for word in words if word.encode() in content]
    effects = desk.review(said, "max")
    assert not [word for word in words if word in effects.comment]


def act_comment(desk: Any, record: Claim) -> str:
    from jobtwin.acts.claim import assignment

    return assignment(record, desk.twin())
