"""docs/reference/glossary.md: words from words.yml, acts and labels from the code."""

from __future__ import annotations

from pathlib import Path

import yaml

from jobtwin.cli import ACTS
from jobtwin.rules.standing import LABELS

_INTRODUCTION = """# Glossary

One word for one thing, the same in commands, files, pages and credentials. Words of Open Badges 3.0
and of the W3C's data model keep the meaning that they have there.
"""
WORDS = Path(__file__).with_name("words.yml")


def glossary_page() -> str:
    """Return the page: words, acts, and what an attempt's label says."""
    meanings = yaml.safe_load(WORDS.read_text("utf-8"))
    words = sorted(meanings.items(), key=lambda item: item[0].casefold())
    parts = [_INTRODUCTION]
    parts += [f"- **{word}**{{ #{_anchor(word)} }}: {text}" for word, text in words]
    acts = [f"- [`{act}`](../how-to/{act}.md): {text}" for act, text in ACTS.items()]
    parts += ["\n## Acts\n", "\n".join(acts), ""]
    parts += ["## Where an attempt stands\n", "The label of its pull request.\n"]
    parts += ["\n".join(f"- `{label}`: {text}" for label, text in LABELS.items())]
    return "\n".join(parts) + "\n"


def _anchor(word: str) -> str:
    return word.casefold().replace(" ", "-")
