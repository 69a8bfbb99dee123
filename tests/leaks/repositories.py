"""Repositories as learners hand them in, with nothing in them that tells whose they are.

They hold what a careless scanner takes for a leak: decorators, pinned actions, reserved addresses,
service accounts, digests, third parties' pages and vectors of numbers.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from random import Random

from PIL import Image
from tests.leaks.planting import Repository

_SERVICE = '''"""The retrieval service: one endpoint, one index, no state."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI

app = FastAPI(title="retrieval")
log = logging.getLogger(__name__)
INDEX = Path("/var/lib/service/index.bin")
SHA = "{digest}"


@dataclasses.dataclass(frozen=True)
class Passage:
    """A passage with its place in the document."""

    document: str
    start: int
    text: str


@functools.lru_cache(maxsize=1024)
def embed(text: str) -> np.ndarray:
    """Return the vector of a text, of length one."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=384)
    return vector / np.linalg.norm(vector)


@app.get("/search")
async def search(query: str, k: int = {k}) -> list[dict[str, object]]:
    # Cosine similarity is a dot product here: both sides have length one.
    scores = matrix @ embed(query)
    best = np.argpartition(-scores, k)[:k]
    return [{{"id": int(i), "score": float(scores[i])}} for i in best]


@app.post("/notify")
async def notify(to: str = "oncall@example.com") -> None:
    log.info("page %s via https://api.pagerduty.com/v2/enqueue", to)


@pytest.fixture()
def matrix_of_ones() -> np.ndarray:
    return np.ones((4, 384)) @ np.eye(384)
'''
_TESTS = '''"""Tests of the service, with addresses that are reserved for documentation."""

import re

import pytest

from service import app

PATTERN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{{2,}}")
USERS = ["user{n}@example.com", "admin@example.org", "nobody@test.invalid", "root@localhost"]


@pytest.mark.parametrize("address", USERS)
def test_addresses_are_masked(address):
    assert PATTERN.sub("***", f"mail {{address}} now") == "mail *** now"


@pytest.mark.asyncio
async def test_search_returns_k():
    found = await app.search("reset my password", k={k})
    assert len(found) == {k}, "the author of the query does not matter"
'''
_README = """# Retrieval service

![build](https://img.shields.io/badge/build-passing-green)

A small service that answers questions from a corpus. See the
[FastAPI docs](https://fastapi.tiangolo.com/) and [the paper](https://arxiv.org/abs/2005.11401).

## Run

    python -m venv .venv && . .venv/bin/activate
    pip install -r requirements.txt
    uvicorn service:app --port {port}

Send a query with `curl -u "$USER:$PASSWORD" localhost:{port}/search?query=hello`.
Mark the chunk size in the config; the home directory is not used, and `~/.cache` may be deleted.

## Design

* The index is rebuilt at {hour}:00 UTC by a job, and swapped atomically.
* We page the on-call at <oncall@example.com> when recall falls below 0.{k}5.
* Author and reader of a document see the same answers.
* p95 is 84 ms @ 50 requests/s on a c6i.large; 12 @ 3.2 GHz in the lab.

Clone it with `git clone git@github.com:your-org/your-repo.git`. Contributions are welcome: open a
pull request, and sign off your commits as <https://developercertificate.org/> asks.
"""
_WORKFLOW = """name: ci
on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b # v5.3.0
        with: {{ python-version: "3.{minor}" }}
      - uses: docker/build-push-action@v6
      - run: pip install -r requirements.txt && pytest -q
        env:
          IMAGE: ghcr.io/actions/runner:2.{port}
          WORKSPACE: /home/runner/work
"""
_COMPOSE = """services:
  api:
    image: docker.io/library/python:3.{minor}-slim
    user: nobody
    working_dir: /home/app
    environment:
      DATABASE_URL: postgresql://postgres:postgres@db:5432/app
      REDIS_URL: redis://cache:6379/0
      SMTP_FROM: noreply@example.com
    ports: ["{port}:{port}"]
  db:
    image: postgres:16
"""
_PYPROJECT = """[project]
name = "retrieval-service"
version = "0.{k}.0"
description = "Answers questions from a corpus"
requires-python = ">=3.11"
dependencies = ["fastapi>=0.11{k}", "numpy>=2", "httpx"]

[project.urls]
Documentation = "https://fastapi.tiangolo.com/"

[tool.ruff]
line-length = 100
"""
_PACKAGE = """{{
  "name": "dashboard",
  "version": "1.{k}.0",
  "private": true,
  "scripts": {{ "build": "vite build", "test": "vitest run" }},
  "dependencies": {{
    "@tanstack/react-query": "^5.{k}.0",
    "@types/node": "^20.{minor}.0",
    "react": "^18.3.1"
  }}
}}
"""
_SCRIPT = """/**
 * Draws latency as a line.
 * @param {{number[]}} values milliseconds
 * @returns {{string}} an SVG path
 */
export function path(values) {{
  const most = Math.max(...values, {k});
  return values.map((v, i) => `${{i ? "L" : "M"}}${{i * 4}} ${{100 - (v / most) * 100}}`).join(" ");
}}

// The author field of a document is shown as it is; see https://developer.mozilla.org/docs/Web/SVG
export const owner = (doc) => doc.owner ?? "unknown";
"""
_STYLE = """@import url("https://cdn.jsdelivr.net/npm/modern-normalize@3/modern-normalize.css");
@media (min-width: {port}px) {{ .chart {{ grid-area: main; }} }}
@keyframes pulse {{ from {{ opacity: 0.{k}; }} to {{ opacity: 1; }} }}
"""
_POSTMORTEM = """# Postmortem

At {hour}:12 UTC the error rate rose to {k} %. The on-call was paged at {hour}:14.

## Timeline

- {hour}:12 deploy of version 2.{k}.1; the pool was cut from 20 to 5 connections
- {hour}:19 mitigation: the deploy was rolled back by the release manager
- {hour}:31 all clear, written to #incidents

## Root cause

`pool_size` was read from the wrong section. The copyright year check in CI hid the warning:

    Traceback (most recent call last):
      File "/usr/lib/python3.11/asyncio/base_events.py", line 653, in run_until_complete
      File "/app/service.py", line {port}, in search
    TimeoutError: QueuePool limit of size 5 overflow 10 reached

We thank the customer who reported it. Nobody is to blame.
"""
_LICENCE = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction.

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS". IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE.
"""


def repository(rng: Random, flavour: str) -> Repository:
    """Return a repository of one of `FLAVOURS`, clean of anybody."""
    numbers = {
        "digest": rng.randbytes(32).hex(),
        "k": rng.randrange(3, 9),
        "n": rng.randrange(100),
        "port": rng.randrange(8000, 8999),
        "hour": rng.randrange(10, 23),
        "minor": rng.randrange(11, 14),
    }
    files = {path: text.format(**numbers).encode() for path, text in FLAVOURS[flavour].items()}
    if flavour == "notebook":
        files["analysis.ipynb"] = notebook(rng)
        files["figures/recall.png"] = picture(rng, "PNG")
    if flavour == "docs":
        files["docs/diagram.jpg"] = picture(rng, "JPEG")
    if flavour == "data":
        files["data/vectors.jsonl"] = _vectors(rng)
        files["data/vectors.csv.gz"] = gzip.compress(_vectors(rng), mtime=0)
        files["data/model.zip"] = _zipped(
            {"weights.bin": rng.randbytes(900), "notes.txt": b"fp16\n"}
        )
    return dict(sorted(files.items()))


FLAVOURS = {
    "service": {
        "src/service.py": _SERVICE,
        "tests/test_service.py": _TESTS,
        "README.md": _README,
        "pyproject.toml": _PYPROJECT,
        "docker-compose.yml": _COMPOSE,
        ".github/workflows/ci.yml": _WORKFLOW,
    },
    "notebook": {"README.md": _README, "service.py": _SERVICE, "LICENSE": _LICENCE},
    "docs": {
        "docs/postmortem.md": _POSTMORTEM,
        "README.md": _README,
        "LICENSE": _LICENCE,
        "src/service.py": _SERVICE,
    },
    "web": {
        "package.json": _PACKAGE,
        "src/chart.js": _SCRIPT,
        "src/chart.css": _STYLE,
        "README.md": _README,
        "server/service.py": _SERVICE,
        "docker-compose.yml": _COMPOSE,
    },
    "data": {
        "load.py": _SERVICE,
        "config.yml": _COMPOSE,
        "README.md": _README,
        "docs/postmortem.md": _POSTMORTEM,
    },
}


def notebook(rng: Random) -> bytes:
    """Return a notebook with outputs and nobody's name."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Recall by chunk size\n"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": ["import numpy as np\n", "@np.vectorize\n", "def f(x): return x @ 2\n"],
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"image/png": base64.b64encode(picture(rng, "PNG")).decode()},
                },
                {
                    "output_type": "stream",
                    "name": "stdout",
                    "text": [f"recall@10 0.{rng.random()}\n"],
                },
            ],
        },
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.11.9"},
    }
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1).encode()


def picture(rng: Random, form: str, size: int = 24) -> bytes:
    """Return a small picture without metadata."""
    image = Image.frombytes("RGB", (size, size), rng.randbytes(size * size * 3))
    target = io.BytesIO()
    image.save(target, form)
    return target.getvalue()


def _vectors(rng: Random) -> bytes:
    rows = (
        {
            "id": n,
            "sha": rng.randbytes(20).hex(),
            "vector": [round(rng.random(), 6) for _ in range(12)],
        }
        for n in range(60)
    )
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()
