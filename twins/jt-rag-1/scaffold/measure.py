"""Ask a running service the development questions and print the figures by stratum.

`make serve` in one terminal, `make measure` in another. The grade uses the same definitions on a
corpus and questions that you have not seen; `make eval` runs that scorer on a public split.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
from collections import defaultdict
from pathlib import Path
from statistics import mean


class Unix(http.client.HTTPConnection):
    def __init__(self, place: str) -> None:
        super().__init__("service", timeout=10)
        self.place = place

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.place)


def ask(place: str, query: str) -> dict:
    connection = Unix(place)
    body = json.dumps({"query": query, "top_k": 10})
    connection.request("POST", "/query", body, {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def worth(question: dict, answer: dict) -> dict[str, float]:
    ranked = list(dict.fromkeys(one["doc_id"] for one in answer["results"]))[:10]
    rank = ranked.index(question["doc_id"]) + 1 if question["doc_id"] in ranked else 0
    given = [(one["doc_id"], one["page"]) for one in answer["citations"]]
    right = (question["doc_id"], question["page"])
    good = (right in given) / len(given) if 1 <= len(given) <= 3 else 0.0
    stale = float(any(name in question["superseded"] for name, _ in given))
    return {"recall@5": float(1 <= rank <= 5), "MRR@10": 1 / rank if rank else 0.0, "citations": good, "superseded": stale}


def interval(values: list[float]) -> tuple[float, float]:
    chance = random.Random(1)
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(1000))
    return means[25], means[974]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--questions", required=True)
    given = parser.parse_args()
    rows = defaultdict(list)
    for line in Path(given.questions).read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        found = worth(question, ask(given.socket, question["query"]))
        rows["all"].append(found)
        rows[question["stratum"]].append(found)
    for stratum, found in rows.items():
        parts = []
        for name in found[0]:
            values = [one[name] for one in found]
            low, high = interval(values)
            parts.append(f"{name} {mean(values):.2f} [{low:.2f}, {high:.2f}]")
        print(f"{stratum:<15} n={len(found):<4} {'  '.join(parts)}")


if __name__ == "__main__":
    main()
