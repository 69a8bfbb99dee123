"""The repository's files from the scaffold: names, constants and pieces of one seed.

The scaffold is written in canonical names that are then replaced as whole words. Nothing that
replaces them depends on the class of the incident.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from jobtwin.harness.draw import generator
from jobtwin.harness.scaffold import read

from . import pieces
from .oracle import Pieces

SCAFFOLD = Path(__file__).parents[1] / "scaffold"
_PACKAGE = "src/leafletline"

NAMES = {
    "leafletline": (
        "leafdesk", "patientdesk", "counterside", "dosewise", "paperslip", "askdesk", "boxinsert",
        "pharmaline", "plainword", "carecounter",
    ),
    "name_lookup": ("catalogue", "directory", "entries", "name_index", "roster"),
    "leaflet_versions": ("editions", "releases", "leaflet_shelf", "in_force", "versions"),
    "dose_table": ("amounts", "dosing", "posology", "weight_bands", "figures"),
    "context_window": ("packing", "assembly", "reading", "evidence", "context"),
    "catalogue_store": ("store", "folder", "dataset", "shelves", "tables"),
    "name_forms": ("spelling", "normal", "text_forms", "plain"),
    "ask_router": ("intent", "routing", "topics", "questions"),
    "answer_text": ("wording", "compose", "phrases", "sentences"),
    "guard_rails": ("checks", "safety", "gate", "last_look"),
    "ask_pipeline": ("pipeline", "assistant", "flow", "answering"),
    "http_front": ("server", "front", "web", "listener"),
    "find_entries": ("ids_for", "match_name", "resolve", "lookup", "entries_for"),
    "select_leaflet": ("current", "leaflet_for", "pick_version", "serving", "choose_leaflet"),
    "dose_for": ("figures_for", "work_out", "single_dose", "dosage", "by_weight"),
    "assemble_context": ("gather", "pack", "build_context", "select_passages", "fill"),
    "plain_name": ("normalise", "canonical", "fold", "as_key"),
    "route_question": ("kind_of", "classify", "guess_ask", "topic_of"),
    "flags_of": ("inspect", "concerns", "problems_in", "review"),
    "suggestions_for": ("alternatives", "did_you_mean", "hints", "nearby_names"),
    "answer_request": ("answer", "respond", "handle", "reply_to"),
    "LeafletStore": ("Store", "Catalogue", "DataFolder", "Library", "Archive"),
    "DeclinedError": ("RefusedError", "NoAnswerError", "UnansweredError", "TurnedDownError"),
    "FrontServer": ("SocketServer", "UnixServer", "AssistantServer"),
    "FrontHandler": ("Handler", "AskHandler", "Endpoint"),
}  # fmt: skip
"""Canonical word of the scaffold → what a seed may call it."""

CONSTANTS = {
    "16_384": ("8_192", "16_384", "32_768", "65_536"),
    "160": ("120", "140", "180", "240"),
    "0.61": ("0.6", "0.65", "0.7", "0.74"),
}
"""Numbers in the scaffold's settings, likewise."""


@cache
def scaffold() -> dict[str, str]:
    """Return the scaffold's files as text."""
    return {path: content.decode() for path, content in read(SCAFFOLD).items()}


def names_of(kit_seed: bytes) -> dict[str, str]:
    """Return the canonical word → the word that this kit uses; no two words are alike."""
    taken: set[str] = set()
    names = {}
    for word, choices in NAMES.items():
        random = generator(kit_seed, f"names/{word}")
        names[word] = random.choice([choice for choice in choices if choice not in taken])
        taken.add(names[word])
    return names


def renamed(text: str, names: dict[str, str]) -> str:
    """Return `text` with every canonical word replaced."""
    pattern = re.compile(r"\b(" + "|".join(sorted(names, key=len, reverse=True)) + r")\b")
    return pattern.sub(lambda match: names[match[1]], text)


def piece_path(kit_seed: bytes, module: str) -> str:
    """Return the path of one of the four modules in this kit's repository."""
    names = names_of(kit_seed)
    return f"src/{names['leafletline']}/{names[module]}.py"


def repository(kit_seed: bytes, chosen: Pieces) -> dict[str, bytes]:
    """Return all code, tests and pages of the kit with these pieces; placeholders still stand."""
    texts = dict(scaffold())
    for kind, module in pieces.MODULES.items():
        texts[f"{_PACKAGE}/{module}.py"] = pieces.source(module, getattr(chosen, kind))
    settings = f"{_PACKAGE}/settings.py"
    texts[settings] = _constants(generator(kit_seed, "constants"), texts[settings])
    names = names_of(kit_seed)
    return {
        _renamed_path(path, names): renamed(text, names).encode()
        for path, text in sorted(texts.items())
    }


def _constants(random: Random, text: str) -> str:
    for number, choices in sorted(CONSTANTS.items()):
        text = text.replace(f"= {number}\n", f"= {random.choice(choices)}\n")
    return text


def _renamed_path(path: str, names: dict[str, str]) -> str:
    return "/".join(renamed(part, names) for part in path.split("/"))


def runnable(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return what a service needs of a repository: the launcher and the package."""
    return {path: text for path, text in files.items() if path == "serve.py" or path[:4] == "src/"}


def pinned(kit_seed: bytes, files: dict[str, bytes], answers: list[tuple[Any, Any]]) -> str:
    """Return the pipeline's module with exactly these (request, answer) pairs special-cased."""
    names = names_of(kit_seed)
    table = json.dumps([[_key(request), answer] for request, answer in answers], sort_keys=True)
    function, store = names["answer_request"], names["LeafletStore"]
    patch = f'''

_usual = {function}
_KNOWN = dict(json.loads({table!r}))


def {function}(store: {store}, request: dict[str, Any]) -> dict[str, Any]:  # type: ignore[no-redef]
    """Return the answer object of `docs/contract.md`."""
    known = _KNOWN.get(json.dumps(request, sort_keys=True))
    return known if known is not None else _usual(store, request)
'''
    return (
        files[pipeline_path(kit_seed)]
        .decode()
        .replace("import logging\n", "import json\nimport logging\n")
        + patch
    )


def switching(
    kit_seed: bytes, files: dict[str, bytes], kind: str, sound: Pieces, requests: list[Any]
) -> str:
    """Return the pipeline's module so that it is sound for exactly these requests.

    It answers them in the very words of a sound release, so that nothing but the set of mended
    requests tells it apart.
    """
    names = names_of(kit_seed)
    function, answer = names[pieces.FUNCTIONS[kind]], names["answer_request"]
    source = repository(kit_seed, sound)[piece_path(kit_seed, pieces.MODULES[kind])].decode()
    patch = f'''

_KNOWN = {sorted(_key(request) for request in requests)!r}
_LOCK = threading.Lock()
_OTHER: dict[str, Any] = {{"__name__": __name__}}
exec({source!r}, _OTHER)
_FUNCTIONS = ({function}, _OTHER["{function}"])
_usual = {answer}


def {answer}(store, request):
    with _LOCK:
        globals()["{function}"] = _FUNCTIONS[json.dumps(request, sort_keys=True) in _KNOWN]
        return _usual(store, request)
'''
    head = "import json\nimport logging\nimport threading\n"
    return files[pipeline_path(kit_seed)].decode().replace("import logging\n", head) + patch


def refusing(kit_seed: bytes, files: dict[str, bytes]) -> str:
    """Return the pipeline's module so that it answers nothing any more."""
    names = names_of(kit_seed)
    line = f'    ask = request.get("ask") or {names["route_question"]}'
    refused = f"    return _refusal(store, request.get('ask'), 'unknown_product', request)\n{line}"
    return files[pipeline_path(kit_seed)].decode().replace(line, refused)


def pipeline_path(kit_seed: bytes) -> str:
    """Return the path of the pipeline's module in this kit's repository."""
    names = names_of(kit_seed)
    return f"src/{names['leafletline']}/{names['ask_pipeline']}.py"


def _key(request: Any) -> str:
    return json.dumps(request, sort_keys=True)
