"""A `Canonicalise` that keeps templates, within bounds, and else goes the general way.

A shape is compiled when it is met for the second time, so that a stream of shapes of which each
comes once costs no more than the general way does.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from jobtwin.credential import canonical
from jobtwin.credential.compiled.cut import Cut, cut
from jobtwin.credential.compiled.text import cut_text

if TYPE_CHECKING:
    from jobtwin.credential.compiled.template import Form, Template
    from jobtwin.credential.contexts import Contexts, JsonObject

MAX_SHAPES = 32
MAX_VARIANTS = 4
"""Attempts to compile one shape; its templates differ in their types."""
MAX_STRINGS = 4_000
"""In a document; keys count in the text of a file."""
MAX_TEXT = 128 * 1024
"""Bytes of a file that is read by its shape."""
_MAX_SEEN = 256


class Reading(NamedTuple):
    """A signed file of a known shape."""

    document: JsonObject
    form: Form
    """Of the document without its proof."""
    options: bytes | None = None
    """Canonical N-Quads of the options of its one proof, if that is of `proof.SUITE`."""
    is_badge: bool = False
    """Whether it is known already that `shape.check_badge` finds nothing."""


class _Known:
    """A shape that was met twice: its templates, and how often one was tried."""

    __slots__ = ("templates", "tries")

    def __init__(self) -> None:
        self.templates: list[Template] = []
        self.tries = 0


class Shapes:
    """Canonicalises like `canonical.canonicalise`, and compiles the shapes that it meets often."""

    def __init__(self, extra_contexts: Contexts | None = None) -> None:
        self._extra = extra_contexts
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._seen: OrderedDict[int, None] = OrderedDict()

    def __call__(self, document: JsonObject) -> bytes:
        """Return the canonical N-Quads of a document without proof, or raise `Refused`."""
        whole = cut(document)
        form = self._fill(whole)
        if form is None:
            form = canonical.canonicalise(document, self._extra)
            self._meet(document, whole, form)
        return form

    def read(self, content: bytes) -> Reading | None:
        """Return a signed document, parsed, with the canonical form of what is signed.

        None if its shape is not known. Else all that `jsonbytes`, `check_contexts` and
        `check_text` demand holds of it, the proof included, since it held for one of its shape.
        `excerpt.LEFT_OUT` may be missing in the document, if `shape.check_badge` says the same
        of it without them.
        """
        whole = cut_text(content) if len(content) <= MAX_TEXT else None
        if whole is None or (found := self._fitting(whole)) is None:
            return None
        template, form = found
        if template.excerpt and (part := template.excerpt.read(whole.strings)):
            return Reading(part[0], form, *part[1:])
        return Reading(json.loads(content), form)

    def learn(self, content: bytes, document: JsonObject) -> bytes:
        """Return the canonical form of a document without its proof, or raise `Refused`.

        `content` is the signed document's file, and `document` what `jsonbytes` parsed it to. When
        another file of its shape was learnt before, `read` knows the shape from now on.
        """
        unsigned = {key: value for key, value in document.items() if key != "proof"}
        form = self._fill(cut(unsigned)) or canonical.canonicalise(unsigned, self._extra)
        if len(content) <= MAX_TEXT:
            self._meet(document, cut_text(content), form)
        return form

    def _fill(self, whole: Cut | None) -> bytes | None:
        """Return the canonical form by a template, or None if there is none that fits."""
        found = self._fitting(whole) if whole else None
        return found[1].content if found else None

    def _fitting(self, whole: Cut) -> tuple[Template, Form] | None:
        """Return the template that fits, with the canonical form that it gives."""
        if (known := self._known.get(whole.shape)) is None:
            return None
        for template in known.templates:
            if (form := template.fill(whole.strings)) is not None:
                self._known.move_to_end(whole.shape)
                return template, form
        return None

    def _meet(self, document: JsonObject, whole: Cut | None, form: bytes) -> None:
        """Compile the shape of a document if it was met before, and there are tries left."""
        if whole is None or len(whole.strings) > MAX_STRINGS:
            return
        if (known := self._known.get(whole.shape)) is None:
            if self._is_new(hash(whole.identity())):
                return
            known = self._known[whole.shape] = _Known()
            if len(self._known) > MAX_SHAPES:
                self._known.popitem(last=False)
        if known.tries < MAX_VARIANTS:
            from jobtwin.credential.compiled.compiler import compile_shape

            known.tries += 1
            template = compile_shape(document, whole, form, self._extra)
            known.templates += [template] if template else []

    def _is_new(self, key: int) -> bool:
        if key in self._seen:
            del self._seen[key]
            return False
        self._seen[key] = None
        if len(self._seen) > _MAX_SEEN:
            self._seen.popitem(last=False)
        return True
