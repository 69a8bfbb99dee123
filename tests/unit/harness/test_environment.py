import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import EngineError, Refused
from jobtwin.harness import environment
from jobtwin.harness.environment import Pin, install, parse_lock

A, B = "a" * 64, "b" * 64


def codes(text: str) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.line) for finding in parse_lock(text.encode(), "lock")[1]]


def test_a_lock_as_the_usual_tools_write_it_is_understood() -> None:
    text = f"""# written by a tool
Flask_Thing[async]==3.0.1 ; python_full_version < '3.13' and sys_platform == 'linux' \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via something

idna==3.10 --hash=sha256:{A}  # the end
"""
    pins, findings = parse_lock(text.encode())
    assert findings == ()
    marker = "python_full_version < '3.13' and sys_platform == 'linux'"
    assert pins == (
        Pin("flask-thing", "3.0.1", marker, (A, B), 2),
        Pin("idna", "3.10", "", (A,), 7),
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("-e .", "LCK-002"),
        ("-r other.txt", "LCK-002"),
        ("--index-url https://example.org/simple", "LCK-002"),
        ("--extra-index-url=https://example.org", "LCK-002"),
        ("--find-links /", "LCK-002"),
        (f"--hash=sha256:{A}", "LCK-002"),
        ("https://example.org/x-1.0-py3-none-any.whl", "LCK-003"),
        (f"x @ https://example.org/x.whl --hash=sha256:{A}", "LCK-003"),
        ("git+https://example.org/x", "LCK-003"),
        ("./x-1.0-py3-none-any.whl", "LCK-003"),
        (".", "LCK-003"),
        ("x", "LCK-004"),
        (f"x>=1 --hash=sha256:{A}", "LCK-004"),
        (f"x==1.* --hash=sha256:{A}", "LCK-004"),
        (f"x===1 --hash=sha256:{A}", "LCK-004"),
        (f"x==${{HOME}} --hash=sha256:{A}", "LCK-004"),
        (f"x==1,<2 --hash=sha256:{A}", "LCK-004"),
        (f"x==1\u2028--pre --hash=sha256:{A}", "LCK-004"),
        ("x==1", "LCK-005"),
        ("x==1 --hash=md5:0123", "LCK-005"),
        (f"x==1 --hash=sha256:{A[1:]}", "LCK-005"),
        (f"x==1 --hash=sha256:{A} --global-option=x", "LCK-005"),
        (f"x==1 ; extra == 'y' --hash=sha256:{A}", "LCK-006"),
        (f"x==1 ; os_name == 'a' or --hash=sha256:{A}", "LCK-006"),
        (f"x==1 ; (os_name == 'a' --hash=sha256:{A}", "LCK-006"),
    ],
)
def test_what_a_lock_must_not_say_is_a_finding_at_its_line(line: str, code: str) -> None:
    assert codes(f"# one\n\n{line}\n") == [(code, 3)]


def test_every_wrong_line_is_found_at_once() -> None:
    text = f"-e .\nx==1 \\\n  --hash=sha256:{A}\nX==2 --hash=sha256:{B}\ny\n"
    assert codes(text) == [("LCK-002", 1), ("LCK-004", 5), ("LCK-007", 4)]


def test_a_package_may_stand_twice_with_markers() -> None:
    lines = [
        f"x=={n} ; python_version {op} '3.12' --hash=sha256:{A}" for n, op in ((1, "<"), (2, ">="))
    ]
    assert codes("\n".join(lines)) == []


def test_a_lock_that_is_no_text_or_too_large_is_refused() -> None:
    assert [f.code for f in parse_lock(b"\xff")[1]] == ["LCK-001"]
    assert [f.code for f in parse_lock(b"#" * 2_000_000)[1]] == ["LCK-001"]
    many = "".join(f"x{n}==1 --hash=sha256:{A}\n" for n in range(301))
    assert codes(many) == [("LCK-001", None)]


@given(st.text(max_size=120))
def test_any_text_gives_pins_or_findings(text: str) -> None:
    pins, findings = parse_lock(text.encode("utf-8", "replace"))
    assert all(pin.hashes for pin in pins)
    assert all(finding.hint for finding in findings)


def test_what_pip_reads_is_written_by_us_on_one_line_each() -> None:
    pin = Pin("x", "1", "os_name == 'posix'", (A, B), 1)
    assert environment._written(pin) == (
        f"x==1 ; os_name == 'posix' --hash=sha256:{A} --hash=sha256:{B}\n"
    )
    assert parse_lock(environment._written(pin).encode())[0] == (pin,)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip uses instead of any index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def wheel(folder: Path, code: str = "word = 'installed'\n") -> str:
    path = folder / "jtdemo-1.0-py3-none-any.whl"
    files = {
        "jtdemo.py": code,
        "jtdemo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: jtdemo\nVersion: 1.0\n",
        "jtdemo-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in files)
    files["jtdemo-1.0.dist-info/RECORD"] = record + "jtdemo-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_locked_wheel_is_installed_once_and_importable(index: Path, tmp_path: Path) -> None:
    lock = f"jtdemo==1.0 --hash=sha256:{wheel(index)}\n".encode()
    home = install(lock, tmp_path / "cache")
    assert home.name.startswith(hashlib.sha256(lock).hexdigest())
    found = subprocess.run(
        [sys.executable, "-S", "-c", "import jtdemo; print(jtdemo.word)"],
        env={"PYTHONPATH": str(home)}, capture_output=True, check=True,
    )  # fmt: skip
    assert found.stdout == b"installed\n"
    (index / "jtdemo-1.0-py3-none-any.whl").unlink()
    assert install(lock, tmp_path / "cache") == home


@pytest.mark.slow
def test_an_environment_without_pip_as_uv_makes_them_installs_the_same(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    home = install(f"jtdemo==1.0 --hash=sha256:{wheel(index)}\n".encode(), tmp_path / "cache")
    assert (home / "jtdemo.py").read_text() == "word = 'installed'\n"
    assert list((tmp_path / "cache").iterdir()) == [home]


def test_a_wheel_with_another_hash_is_the_locks_fault(index: Path, tmp_path: Path) -> None:
    wheel(index)
    with pytest.raises(Refused, match="LCK-008"):
        install(f"jtdemo==1.0 --hash=sha256:{A}\n".encode(), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_version_that_has_no_wheel_is_the_locks_fault(index: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="LCK-008"):
        install(f"jtdemo==9 --hash=sha256:{A}\n".encode(), tmp_path / "cache")


def test_a_network_that_fails_is_not_the_locks_fault(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "1")
    with pytest.raises(EngineError, match="could not install"):
        install(f"jtdemo==1.0 --hash=sha256:{A}\n".encode(), tmp_path / "cache")


def test_an_empty_lock_is_an_empty_environment(tmp_path: Path) -> None:
    assert list(install(b"# nothing\n", tmp_path / "cache").iterdir()) == []


def test_a_wrong_lock_is_refused_before_anything_happens(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="LCK-002"):
        install(b"--index-url https://example.org\n", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
