"""actions/create-github-app-token: an installation token with no more than what is asked for."""

from __future__ import annotations

from tests.github import tokens
from tests.github.standins import runner

JOB = runner.job()
APP = JOB["app"]
key = runner.given("private-key").replace("\\n", "\n")
if not key or not (runner.given("app-id") or runner.given("client-id")):
    runner.fail("[@octokit/auth-app] appId and privateKey options are required")
if (runner.given("app-id") or runner.given("client-id")) != APP["id"]:
    runner.fail("Integration not found")
asked = {
    name.removeprefix("permission-").replace("-", "_"): str(value)
    for name, value in runner.INPUTS.items()
    if name.startswith("permission-") and value
}
for name, level in asked.items():
    if APP["permissions"].get(name) not in ((level,) if level == "write" else ("read", "write")):
        runner.fail(f"The permissions requested are not granted to this installation: {name}")
grant = tokens.Grant(APP["actor"], JOB["repository"], asked or APP["permissions"], JOB["run"])
token = tokens.mint(key, grant)
print(f"::add-mask::{token}")
runner.output(token=token, installation_id=APP["installation"], app_slug=APP["slug"])
