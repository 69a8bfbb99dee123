"""What a learner submits: any repository may be tried, and only plain files are ever kept."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import EngineError, Refused
from jobtwin.records.twin import SnapshotLimits
from jobtwin.repository import snapshot
from jobtwin.repository.git import create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = SnapshotLimits(files=50, mib=2, file_mib=1)
HOST = "https://forge.invalid/"
COMMIT = "0" * 40


class Hosted:
    """A repository on a forge of this machine."""

    def __init__(self, root: Path) -> None:
        self.rewrite = {HOST: f"{root}/"}
        self.git = create(root / "lea" / "work", bare=False)

    def blob(self, content: bytes = b"x\n") -> str:
        return self.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def tree(self, lines: bytes) -> str:
        """Make a tree without any of git's own checks of names."""
        found = self.git.run("mktree", "-z", "--missing", stdin=lines)
        return found.decode().strip()

    def raw_tree(self, *entries: tuple[bytes, bytes, str]) -> str:
        """Make a tree object byte by byte: names that git itself would refuse."""
        body = b"".join(
            mode + b" " + name + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries
        )
        made = self.git.run("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=body)
        return made.decode().strip()

    def commit(self, tree: str) -> str:
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "lea"), ("EMAIL", "lea@people.invalid"))
        }
        made = self.git.run("commit-tree", tree, "-m", "work", env=who).decode().strip()
        self.git.run("update-ref", "refs/heads/main", made)
        return made

    def fetch(self, commit: str, limits: SnapshotLimits = LIMITS) -> snapshot.Fetched:
        return snapshot.fetch(f"{HOST}lea/work", commit, limits, self.rewrite)

    def refused(self, tree: str, limits: SnapshotLimits = LIMITS) -> Refused:
        with pytest.raises(Refused) as refused:
            self.fetch(self.commit(tree), limits)
        assert refused.value.exit_code == 1
        assert all(finding.code and finding.hint for finding in refused.value.findings)
        return refused.value


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    return Hosted(tmp_path / "hosted")


def codes(refused: Refused) -> list[str]:
    return [finding.code for finding in refused.findings]


def test_a_commit_is_kept_as_data_with_its_tree_and_a_digest(hosted: Hosted) -> None:
    blob = hosted.blob(b"print()\n")
    inner = hosted.tree(f"100755 blob {blob}\tapp.py\0".encode())
    tree = hosted.tree(f"040000 tree {inner}\tsrc\x00100644 blob {blob}\tREADME.md\0".encode())
    commit = hosted.commit(tree)
    fetched = hosted.fetch(commit)
    assert fetched.files == {"README.md": b"print()\n", "src/app.py": b"print()\n"}
    assert (fetched.commit, fetched.tree) == (commit, tree)
    assert snapshot.untar(fetched.tar) == fetched.files
    assert fetched.digest == hosted.fetch(commit).digest


def test_an_older_commit_is_fetched_when_the_branch_has_moved_on(hosted: Hosted) -> None:
    first = hosted.commit(hosted.tree(f"100644 blob {hosted.blob(b'1')}\ta\0".encode()))
    hosted.commit(hosted.tree(f"100644 blob {hosted.blob(b'2')}\ta\0".encode()))
    assert hosted.fetch(first).files == {"a": b"1"}


def test_a_symlink_and_a_submodule_are_named(hosted: Hosted) -> None:
    blob = hosted.blob(b"/etc/passwd")
    lines = f"160000 commit {'1' * 40}\tdependency\x00120000 blob {blob}\tsecrets\0"
    refused = hosted.refused(hosted.tree(lines.encode()))
    assert codes(refused) == ["SNP-003", "SNP-003"]
    assert "`dependency` is a submodule" in str(refused)
    assert "`secrets` is a symlink" in str(refused)


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"git~1"])
def test_a_tree_that_leads_out_of_itself_is_not_even_taken_from_the_server(
    hosted: Hosted, name: bytes
) -> None:
    inner = hosted.raw_tree((b"100644", b"config", hosted.blob()))
    refused = hosted.refused(hosted.raw_tree((b"40000", name, inner)))
    assert set(codes(refused)) <= {"SNP-002", "SNP-004"}


def test_a_name_that_is_not_utf_8_is_shown_escaped(hosted: Hosted) -> None:
    tree = hosted.raw_tree((b"100644", b"caf\xe9.py", hosted.blob()))
    refused = hosted.refused(tree)
    assert codes(refused) == ["SNP-004"]
    assert "caf\\xe9.py" in str(refused)


@pytest.mark.parametrize("name", ["a\x1b[31mred", "a\\b", "C:evil", "line\nbreak", "a\u202etxt"])
def test_a_name_that_means_something_else_elsewhere_is_refused_and_never_printed(
    hosted: Hosted, name: str
) -> None:
    refused = hosted.refused(hosted.raw_tree((b"100644", name.encode(), hosted.blob())))
    assert codes(refused) == ["SNP-004"]
    assert str(refused).isprintable()


def test_names_alike_but_for_case_are_one_file_on_some_machines(hosted: Hosted) -> None:
    blob = hosted.blob()
    tree = hosted.tree(f"100644 blob {blob}\tREADME\x00100644 blob {blob}\treadme\0".encode())
    assert codes(hosted.refused(tree)) == ["SNP-004"]


def test_git_attributes_could_change_what_is_read(hosted: Hosted) -> None:
    tree = hosted.tree(f"100644 blob {hosted.blob(b'* text')}\t.gitattributes\0".encode())
    assert codes(hosted.refused(tree)) == ["SNP-007"]


def test_a_hundred_thousand_files_are_counted_and_not_read(hosted: Hosted) -> None:
    blob = hosted.blob()
    lines = b"".join(f"100644 blob {blob}\tf{n:06}\0".encode() for n in range(100_000))
    refused = hosted.refused(hosted.tree(lines))
    assert codes(refused) == ["SNP-005"]
    assert "100,000 files" in str(refused)


def test_so_many_symlinks_are_listed_and_the_rest_counted(hosted: Hosted) -> None:
    blob = hosted.blob()
    lines = b"".join(f"120000 blob {blob}\tf{n:02}\0".encode() for n in range(45))
    refused = hosted.refused(hosted.tree(lines))
    assert len(refused.findings) == snapshot.SHOWN + 1
    assert refused.findings[-1].message == "and 25 more of the same"


@pytest.mark.parametrize("filtering", ["true", "false"])
def test_a_file_over_the_limit_is_refused_whether_or_not_the_server_leaves_it_out(
    hosted: Hosted, filtering: str
) -> None:
    hosted.git.run("config", "uploadpack.allowFilter", filtering)
    large = hosted.blob(b"\0" * (snapshot.MIB + 2))
    tree = hosted.tree(
        f"100644 blob {large}\tmodel.bin\x00100644 blob {hosted.blob()}\tok\0".encode()
    )
    refused = hosted.refused(tree)
    assert codes(refused) == ["SNP-006"]
    assert "model.bin" in str(refused)


@pytest.mark.slow
def test_a_gigabyte_is_refused_without_being_fetched(hosted: Hosted, tmp_path: Path) -> None:
    hosted.git.run("config", "uploadpack.allowFilter", "true")
    hosted.git.run("config", "core.bigFileThreshold", "1m")
    zeros = tmp_path / "zeros"
    with zeros.open("wb") as file:
        file.truncate(1 << 30)
    blob = hosted.git.text("hash-object", "-w", str(zeros))
    refused = hosted.refused(hosted.tree(f"100644 blob {blob}\tmodel.bin\0".encode()))
    assert codes(refused) == ["SNP-006"]


def test_many_files_within_the_limit_may_be_too_much_together(hosted: Hosted) -> None:
    blob = hosted.blob(b"x" * snapshot.MIB)
    tree = hosted.tree(b"".join(f"100644 blob {blob}\t{n}\0".encode() for n in range(3)))
    assert codes(hosted.refused(tree)) == ["SNP-006"]


@pytest.mark.parametrize(
    "said",
    [
        "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
        "fatal: Authentication failed for 'https://github.com/lea/work/'",
        "remote: Repository not found.",
        "fatal: 'x' does not exist",
    ],
)
def test_a_private_repository_is_told_as_one_that_not_everybody_may_read(said: str) -> None:
    told = snapshot._in_words(said, said)
    assert told.startswith("there is no repository at this address that everybody may read (git")


def test_what_nobody_foresaw_is_told_in_gits_own_words() -> None:
    assert snapshot._in_words("fatal: odd", "fatal: odd") == "git says: fatal: odd"


def test_a_commit_that_is_not_there_is_told_with_gits_words(hosted: Hosted) -> None:
    hosted.commit(hosted.tree(f"100644 blob {hosted.blob()}\ta\0".encode()))
    with pytest.raises(Refused) as refused:
        hosted.fetch("1" * 40)
    assert codes(refused.value) == ["SNP-002"]
    assert "the repository has no such commit where it is hosted (git says" in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "/etc/passwd",
        "../work",
        "file:///etc",
        "ext::sh -c touch% /tmp/owned",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "http://github.com/a/b",
        "--upload-pack=touch /tmp/owned",
        "https://",
        "https://user:word@github.com/a/b",
        "https://github.com/a/b?x=1",
        "https://github.com/a/b#x",
        "https://localhost/a/b",
        "https://127.0.0.1/a/b",
        "https://[::1]/a/b",
        "https://10.0.0.7/a/b",
        "https://169.254.169.254/latest/meta-data",
        "https://router.local/a/b",
        "https://forge.invalid/a/b",
        "https://intranet/a/b",
    ],
)
def test_only_a_public_https_url_is_ever_asked(url: str) -> None:
    with pytest.raises(Refused) as refused:
        snapshot.fetch(url, COMMIT, LIMITS)
    assert set(codes(refused.value)) == {"SNP-001"}


@pytest.mark.parametrize("url", ["https://[::1/a", "https://[x]/a", "https://a.b:99999999/c"])
def test_a_url_that_cannot_be_read_at_all_is_told_in_the_same_way(url: str) -> None:
    with pytest.raises(Refused) as refused:
        snapshot.fetch(url, COMMIT, LIMITS)
    assert set(codes(refused.value)) == {"SNP-001"}


def test_a_public_https_url_has_nothing_wrong_with_it() -> None:
    assert list(snapshot.check_url("https://github.com/somebody/work")) == []


@pytest.mark.parametrize("path", ["../../etc", "/etc", "lea/../../x"])
def test_a_url_of_the_local_forge_cannot_leave_it(hosted: Hosted, path: str) -> None:
    with pytest.raises(Refused) as refused:
        snapshot.fetch(f"{HOST}{path}", COMMIT, LIMITS, hosted.rewrite)
    assert codes(refused.value) == ["SNP-001"]


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../b", "a//b", ".git/config", "a:b"])
def test_an_uploaded_file_cannot_lie_outside(path: str) -> None:
    with pytest.raises(Refused) as refused:
        snapshot.from_files({path: b"x"}, COMMIT, LIMITS)
    assert codes(refused.value) == ["SNP-004"]


def test_an_upload_has_the_tree_that_git_gives_the_same_files(hosted: Hosted) -> None:
    tree = hosted.tree(f"100644 blob {hosted.blob(b'1')}\ta.py\0".encode())
    assert snapshot.from_files({"a.py": b"1"}, COMMIT, LIMITS).tree == tree


def test_an_upload_and_a_commit_of_the_same_files_are_kept_by_the_same_digest(
    hosted: Hosted,
) -> None:
    commit = hosted.commit(hosted.tree(f"100644 blob {hosted.blob(b'1')}\ta.py\0".encode()))
    uploaded = snapshot.from_files({"a.py": b"1"}, commit, LIMITS)
    assert uploaded == hosted.fetch(commit)


def test_a_folder_is_taken_in_without_what_git_ignores(hosted: Hosted) -> None:
    folder = hosted.git.path
    for name, text in ((".gitignore", "*.log\n"), ("a.py", "1"), ("b.log", "no")):
        (folder / name).write_text(text)
    assert set(snapshot.from_folder(folder, LIMITS)) == {".gitignore", "a.py"}


def test_a_folder_without_git_is_taken_in_whole_but_for_caches(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"no")
    (tmp_path / "a.py").write_text("1")
    assert snapshot.from_folder(tmp_path, LIMITS) == {"a.py": b"1"}


def test_a_symlink_in_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("/etc/hostname")
    with pytest.raises(Refused) as refused:
        snapshot.from_folder(tmp_path, LIMITS)
    assert codes(refused.value) == ["SNP-003"]


names = st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8}){0,2}\.py\Z")


@given(st.dictionaries(names, st.binary(max_size=40), max_size=6))
def test_a_tar_file_gives_back_what_was_packed_and_depends_on_nothing_else(
    files: dict[str, bytes],
) -> None:
    packed = snapshot.tar(files)
    assert snapshot.untar(packed) == files
    assert snapshot.tar(dict(reversed(files.items()))) == packed


def _archive(entry: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(b""))
    return target.getvalue()


def _link() -> tarfile.TarInfo:
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return entry


@pytest.mark.parametrize(
    "make", [lambda: tarfile.TarInfo("../../etc/cron.d/x"), lambda: tarfile.TarInfo("/a"), _link]
)
def test_an_archive_that_we_never_wrote_is_not_unpacked(
    make: Callable[[], tarfile.TarInfo],
) -> None:
    with pytest.raises(EngineError):
        snapshot.untar(_archive(make()))


@pytest.mark.parametrize("content", [b"", b"not a tar file", b"\0" * 100])
def test_an_archive_that_is_none_is_our_fault_and_not_a_traceback(content: bytes) -> None:
    with pytest.raises(EngineError):
        snapshot.untar(content)


def test_a_tree_has_a_software_hash_identifier() -> None:
    assert snapshot.swhid("a" * 40) == f"swh:1:dir:{'a' * 40}"
