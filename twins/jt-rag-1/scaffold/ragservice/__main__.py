"""Index the corpus, then serve: GET /healthz, POST /query, over a unix socket."""

from __future__ import annotations

import os
from pathlib import Path

from . import http_front, ingestion, retrieval


def main() -> None:
    corpus = Path(os.environ["JOBTWIN_DATA"]) / "corpus"
    index = retrieval.Index(ingestion.pages(corpus))
    http_front.serve(Path(os.environ["JOBTWIN_SOCKET"]), index)


if __name__ == "__main__":
    main()
