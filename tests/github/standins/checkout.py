"""actions/checkout, version 7: a commit of a repository in a folder of the workspace.

Refuses a fork's code where the workflow has the organisation's rights. A commit that was laid
before is linked from a cache, together with a ready `.venv` where the commit is an engine: the
wheels of its lock files are those of the tests' own environment, its `src/` is the commit's.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.github.standins import engine, runner

JOB = runner.job()
SERVER = os.environ["GITHUB_SERVER_URL"]
_SHA = re.compile(r"[0-9a-f]{40}")


def main() -> None:
    """Lay the commit."""
    repository = runner.given("repository") or JOB["repository"]
    ref = runner.given("ref").removeprefix("refs/heads/") or (
        JOB["sha"] if repository == JOB["repository"] else "HEAD"
    )
    refuse_fork_code(repository, ref)
    target = runner.workspace(runner.given("path") or ".")
    if not target.resolve().is_relative_to(runner.workspace().resolve()):
        runner.fail(f"Repository path '{target}' is not under '{runner.workspace()}'")
    plain = (
        runner.given("fetch-depth") in ("", "1") and runner.given("persist-credentials") == "false"
    )
    cached = Path(JOB["cache"]) / ref
    if plain and _SHA.fullmatch(ref) and cached.is_dir():
        lay(cached, target)
    else:
        clear(target)
        fetch(repository, ref, target)
        if plain and _SHA.fullmatch(ref):
            keep(target, cached)
    if (target / "scripts" / "setup").is_file():
        engine.mark_ready(target)
    commit = git(target, "rev-parse", "HEAD").stdout.strip()
    runner.output(commit=commit, ref=ref)
    print(f"{repository} at {commit}")


def refuse_fork_code(repository: str, ref: str) -> None:
    """End the step where the workflow is privileged and the code is somebody else's."""
    if JOB["event"] not in ("pull_request_target", "workflow_run"):
        return
    if runner.is_set("allow-unsafe-pr-checkout"):
        return
    theirs = repository != JOB["repository"] or ref.startswith("refs/pull/")
    if theirs or ref in JOB["fork_commits"]:
        runner.fail(f"Refusing to check out fork pull request code: {repository}@{ref}")


def clear(target: Path) -> None:
    """Empty the folder, as checkout does."""
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def fetch(repository: str, ref: str, target: Path) -> None:
    """Fetch a commit from the server and check it out."""
    depth = runner.given("fetch-depth") or "1"
    secret = base64.b64encode(f"x-access-token:{runner.given('token')}".encode()).decode()
    header = f"AUTHORIZATION: basic {secret}"
    git(target, "init", "-q", "-b", "main")
    git(target, "remote", "add", "origin", f"{SERVER}/{repository}")
    branch = branch_of(ref)
    exact = f"+refs/heads/{branch}:refs/remotes/origin/{branch}" if branch == ref else ref
    everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    options = ["--no-tags", *([] if depth == "0" else [f"--depth={depth}"])]
    wanted = [exact] if depth != "0" else [*everything, *([] if branch == ref else [ref])]
    with_token = ["-c", f"http.extraheader={header}"] if runner.given("token") else []
    fetched = git(target, *with_token, "fetch", "-q", *options, "origin", *wanted, check=False)
    if fetched.returncode != 0:
        runner.fail(f"git fetch: {fetched.stderr.strip()}")
    found = f"refs/remotes/origin/{branch}" if branch == ref else ref
    found = found if _SHA.fullmatch(ref) or branch == ref else "FETCH_HEAD"
    switch = ["-B", branch] if branch else ["--detach"]
    git(target, "checkout", "-q", "--force", *switch, found)
    if with_token and runner.given("persist-credentials") != "false":
        git(target, "config", f"http.{SERVER}/.extraheader", header)


def branch_of(ref: str) -> str:
    """Return the branch that is laid: the one that is named, or the one that the event is about."""
    if given := runner.given("ref").removeprefix("refs/heads/"):
        return "" if _SHA.fullmatch(given) or given.startswith("refs/") else given
    about = str(JOB["ref"])
    return about.removeprefix("refs/heads/") if about.startswith("refs/heads/") else ""


def keep(target: Path, cached: Path) -> None:
    """Keep a laid commit for other jobs, compiled."""
    made = cached.with_name(f"{cached.name}.{os.getpid()}")
    shutil.copytree(target, made, symlinks=True)
    if (made / "src").is_dir():
        engine.lay(made)
    try:
        made.rename(cached)
    except OSError:  # another job was quicker
        shutil.rmtree(made)
    lay(cached, target)


def lay(cached: Path, target: Path) -> None:
    """Link a kept commit to where it is wanted."""
    clear(target)
    shutil.copytree(cached, target, copy_function=os.link, symlinks=True, dirs_exist_ok=True)


def git(where: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run git without anybody's configuration."""
    clean = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }
    return subprocess.run(
        ["git", "-C", str(where), *arguments],
        env={**os.environ, **clean},
        capture_output=True,
        text=True,
        check=check,
    )


main()
