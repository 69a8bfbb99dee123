"""Pages of people on the net: which part of an address names somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.hits import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "a profile or repository"
_NAME = r"[~@]?(?P<who>[\w.-]{1,60})"
_OWNED = """github.com gitlab.com bitbucket.org codeberg.org git.sr.ht gist.github.com gitee.com
raw.githubusercontent.com huggingface.co kaggle.com ghcr.io quay.io twitter.com x.com t.me
instagram.com facebook.com medium.com dev.to keybase.io orcid.org about.me linktr.ee bsky.app
mastodon.social fosstodon.org hachyderm.io mstdn.social threads.net twitch.tv observablehq.com
replit.com glitch.com codepen.io leetcode.com hackerrank.com codeforces.com wandb.ai colab.google
tiktok.com patreon.com ko-fi.com buymeacoffee.com calendly.com polywork.com read.cv soundcloud.com
lu.ma substack.com rpubs.com researchgate.net angel.co xing.com""".split()
"""Hosts whose first folder is somebody's, apart from the words in `_FOLDERS`."""
_FOLDERS = re.compile(
    r"(?:[:/](?:u|r|in|user|users|profile|people|p|org|orgs|repos|gh|gl|bb|github|gitlab|datasets"
    r"|spaces|models|ssh|embed|code|c|channel|pub|v[0-9]?|badge(?=/(?:gh|github)/)|codecov|travis"
    r"|workflow|status|discord|docker|pulls|stars|followers|license|last-commit|commit-activity"
    r"|issues|forks|contributors|languages|actions(?=/workflow)|release|tag|top|size|repo-size"
    r"|watchers|sponsors"
    r"|downloads|company|npm|pypi|citations\?user|projects?|avatars?|groups|pages|blob|tree"
    r"|packages|team|[0-9]{1,12}(?=/[A-Za-z]))(?=[:/=]))*+[:/=]{1,2}" + _NAME
)
_OTHERS = """linkedin.com api.github.com avatars.githubusercontent.com gravatar.com codecov.io
coveralls.io travis-ci.org travis-ci.com circleci.com img.shields.io badge.fury.io badgen.net
hub.docker.com npmjs.com pypi.org stackoverflow.com reddit.com youtube.com mybinder.org
colab.research.google.com nbviewer.org nbviewer.jupyter.org scholar.google.com snyk.io
codeclimate.com sonarcloud.io deepsource.io app.codacy.com readthedocs.org zenodo.org
api.codeclimate.com results.pre-commit.ci open.vscode.dev gitpod.io codespaces.new vercel.com
github-readme-stats.vercel.app komarev.com contrib.rocks star-history.com""".split()
"""Hosts where only what follows one of `_FOLDERS` is somebody's."""
_PAGES = """.github.io .gitlab.io .netlify.app .vercel.app .pages.dev .herokuapp.com .streamlit.app
.hf.space .substack.com .blogspot.com .wordpress.com .tumblr.com .bsky.social .carrd.co .notion.site
.onrender.com .fly.dev .glitch.me .readthedocs.io .itch.io .ngrok.io .duckdns.org .github.dev
.codeberg.page .surge.sh .firebaseapp.com .web.app .azurewebsites.net .medium.com""".split()
_LABEL = re.compile(r"[A-Za-z0-9-]{1,63}\Z")
_FEDERATED = re.compile(r"https?://[a-z0-9.-]{3,80}/@(?P<who>[A-Za-z0-9_]{2,30})")
_PUBLIC = frozenset(
    """
    about academy actions ansible anthropic anthropics apache api apps astral-sh aws azure badge
    badges black blog boto celery cloudflare codecov collections conda conda-forge containers
    coveralls cpython culuptor dask datasets django docker docs duckdb elastic encode explore
    explosion expressjs facebook facebookresearch fastapi features files flask gh git github
    gitlab gitlab-org golang google google-deepmind google-research googlecloudplatform grafana
    hashicorp helm help home-assistant home-brew homebrew huggingface index intent ipython
    issues javascript join js jupyter jupyterlab kubernetes langchain-ai library license llvm
    login mariadb marketplace matplotlib meta meta-llama microsoft mistralai models mongodb
    mozilla mysql nginx nodejs notifications npm numpy nvidia oauth open-telemetry openai
    opencontainers opentelemetry oven-sh packages pallets pandas-dev papers passing postgres
    postgresql pre-commit privacy project projects prometheus psf pulls pypa pypi pytest
    pytest-dev python python-poetry pytorch rails raw react readthedocs redis releases repos
    requests rust-lang scikit-learn scipy scripts sdk search security sentence-transformers
    settings share signup simple spaces sponsors sqlalchemy sqlite stanfordnlp static status
    streamlit tensorflow terms tiangolo topics torvalds tree trending trufflesecurity typescript
    ultralytics user users v1 v2 v3 vercel vitejs vllm-project vuejs w3c w3c-ccg web webpack
    wiki workflow workflows www zenodo
    """.split()
)
"""Projects and pages that are nobody's own."""
STAND_INS = re.compile(r"(?:owner|person)-[0-9]+|learner|removed(?:-key)?", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:your|my|some|any|the)[-_]?\w*|<.*|\{.*|\$.*|you|me|username|user|owner|org|organization|name"
    r"|repo|example"
    r"|acme|foo|bar|xxx+|[.\-_]+|login",
    re.IGNORECASE,
)


def profiles(text: str, lower: str) -> Iterator[Hit]:
    """Yield whoever an address of a page or repository names."""
    for ending, hosts in _BY_ENDING.items():
        for at in _places(lower, ending):
            end = at + len(ending)
            before = lower[max(0, end - _LONGEST) : end]
            if before.endswith(hosts):
                yield from _named(text, lower, end, [h for h in hosts if before.endswith(h)])
    if "/@" in text:
        for found in _FEDERATED.finditer(text):
            if not _is_nobodys(found["who"]):
                yield Hit(*found.span("who"), KIND, "owner")


def _named(text: str, lower: str, end: int, hosts: list[str]) -> Iterator[Hit]:
    """Yield whom an address names whose host ends at `end`; `hosts` are those that it can be."""
    host = max(hosts, key=len)
    start = end - len(host)
    if host in _PAGES:
        label = _LABEL.search(text, max(0, start - 63), start)
        if label and not _is_nobodys(label[0]) and not _goes_on(lower, end):
            yield Hit(*label.span(), KIND, "owner")
        return
    found = _FOLDERS.match(text, end)
    if found and not _goes_on(lower, start - 1) and _is_somebodys(host, found):
        first, last = found.span("who")
        trimmed = len(found["who"]) - len(found["who"].rstrip(".-"))
        yield Hit(first, last - trimmed, KIND, "owner")


def _goes_on(lower: str, at: int) -> bool:
    """Say whether the letter at a place makes the host a part of another one."""
    return 0 <= at < len(lower) and (lower[at].isalnum() or lower[at] == "-")


def _is_somebodys(host: str, found: re.Match[str]) -> bool:
    has_folder = found.start("who") - found.start() > 2
    return (host in _OWNED or has_folder) and not _is_nobodys(found["who"])


def is_stand_in(who: str) -> bool:
    """Say whether a word stands for somebody whose name was taken out."""
    return bool(STAND_INS.fullmatch(who))


def is_placeholder(who: str) -> bool:
    """Say whether a word is what people write where a name would stand."""
    return bool(_PLACEHOLDER.fullmatch(who))


def _is_nobodys(who: str) -> bool:
    plain = who.lower().removesuffix(".git").strip(".")
    return len(plain) < 2 or plain in _PUBLIC or is_stand_in(plain) or is_placeholder(plain)


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


_HOSTS = (*_OWNED, *_OTHERS, *_PAGES)
_LONGEST = max(map(len, _HOSTS))
_BY_ENDING = {
    ending: tuple(host for host in _HOSTS if host.endswith(ending))
    for ending in sorted({f".{host.rpartition('.')[2]}" for host in _HOSTS})
}
