from __future__ import annotations

import json
import re

import pytest

from jobtwin.cli import main, options
from jobtwin.findings import Finding
from jobtwin.forge.events import Effects
from jobtwin.forge.performing import Done

STOPPED = re.compile(r"^::stop-commands::([0-9a-f]{32})$")


@pytest.mark.parametrize(
    "hostile",
    [
        "::set-output name=batch::sha256:evil",
        "  \t::add-mask::a",
        "\n\n::stop-commands::x",
        "\r::error::x",
        "a\r::warning::x",
        "see ##[add-mask]e",
        "\x1b[2J::notice::x",
        "\u200b::debug::x",
    ],
)
def test_a_strangers_words_in_a_log_are_no_command_for_the_runner(hostile: str) -> None:
    for line in re.split(r"[\r\n]", options.in_log(hostile)):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "\x1b" not in line


def test_words_that_are_no_command_are_shown_as_they_are() -> None:
    text = "# Passed\n\n| a | b |\n\tstd::vector é 日本 ✓"
    assert options.in_log(text) == text


def test_what_an_act_answered_is_printed_without_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options.print_effects("ok\n::set-output name=x::y", ["submissions/a.yml"], as_json_too=False)
    told = capsys.readouterr()
    assert "\n::" not in told.out
    assert told.err == "added submissions/a.yml\n"


def test_as_json_it_is_one_line_that_holds_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "::x::\n##[add-mask]y"
    options.print_effects(hostile, [], as_json_too=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert "##[" not in line
    assert json.loads(line)["comment"] == hostile


def test_a_refusal_that_was_told_elsewhere_is_in_the_log_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = options.Job("github", None, None, None, False, None)  # type: ignore[arg-type]
    job.tell(Done(Effects(comment="No."), (), (Finding("STA-001", "::add-mask::x"),)))
    told = capsys.readouterr()
    assert told.out == "No.\n"
    assert "refused: STA-001" in told.err


def test_a_job_on_github_takes_no_commands_from_its_log(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    words = []
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["receive", "--on", "github"])
        assert ended.value.code == 2
        told = capfd.readouterr()
        assert told.out == ""
        first = told.err.splitlines()[0]
        words += STOPPED.findall(first)
    assert len(words) == 2
    assert words[0] != words[1]


def test_a_job_here_says_nothing_of_commands(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["receive"])
    assert "::" not in capfd.readouterr().err
