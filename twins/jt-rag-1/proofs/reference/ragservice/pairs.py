"""`python -m ragservice.pairs`: from the development set to `pairs.jsonl`, which is committed.

For each answered question the passage of its page that holds the answer and most of the question's
words. A question whose answer recognition lost is passed over.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .ingestion import pages
from .retrieval import PAIRS
from .terms import passages, terms


def main() -> None:
    data = Path("data")
    texts = {(page.doc_id, page.number): page.text for page in pages(data / "corpus")}
    lines = (data / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    found = [
        {"question": question["query"], "answer": said}
        for question in map(json.loads, lines)
        if (said := answering(question, texts[question["doc_id"], question["page"]]))
    ]
    written = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
    PAIRS.write_text(written, encoding="utf-8")
    print(f"{len(found)} of {len(lines)} questions are answered by a passage that can be read")


def answering(question: dict[str, Any], text: str) -> str | None:
    """Return the passage of a page that answers a question, None where none holds the value."""
    value = question["answer"].replace(" ", "")
    holding = [one for one in passages(text) if value in one.replace(" ", "")]
    asked = set(terms(question["query"]))

    def fits(passage: str) -> float:
        own = set(terms(passage))
        return len(asked & own) / (5 + len(own)) ** 0.5

    return max(holding, key=fits, default=None)


if __name__ == "__main__":
    main()
