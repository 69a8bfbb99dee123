"""A comment as HTML, the way forges show it: by the renderer that they use, cmark-gfm.

Its Python wrapper frees neither a document nor its HTML: some 60 KB stay behind for each page of a
site. So the library in it is called here, and both are freed.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER, _SIZE, _TEXT, _POINTER = (
    ctypes.c_int,
    ctypes.c_size_t,
    ctypes.c_char_p,
    ctypes.c_void_p,
)
_FUNCTIONS = {
    "cmark_gfm_core_extensions_ensure_registered": (None, ()),
    "cmark_get_default_mem_allocator": (ctypes.POINTER(_POINTER), ()),
    "cmark_find_syntax_extension": (_POINTER, (_TEXT,)),
    "cmark_parser_new": (_POINTER, (_NUMBER,)),
    "cmark_parser_attach_syntax_extension": (_NUMBER, (_POINTER, _POINTER)),
    "cmark_parser_feed": (None, (_POINTER, _TEXT, _SIZE)),
    "cmark_parser_finish": (_POINTER, (_POINTER,)),
    "cmark_parser_get_syntax_extensions": (_POINTER, (_POINTER,)),
    "cmark_parser_free": (None, (_POINTER,)),
    "cmark_render_html": (_POINTER, (_POINTER, _NUMBER, _POINTER)),
    "cmark_node_free": (None, (_POINTER,)),
}
"""What is called, with what it returns and takes (cmark-gfm.h, cmark-gfm-extension_api.h)."""
_FREE = 2
"""Where an allocator has the function that frees, after those that allocate."""
_OPTIONS = 0
"""HTML inside of Markdown is left out."""


def html(markdown: str) -> str:
    """Return Markdown with tables as HTML; what is HTML in it is left out."""
    library, free, tables = _library()
    content = markdown.encode("utf-8")
    parser = library.cmark_parser_new(_OPTIONS)
    library.cmark_parser_attach_syntax_extension(parser, tables)
    library.cmark_parser_feed(parser, content, len(content))
    document = library.cmark_parser_finish(parser)
    extensions = library.cmark_parser_get_syntax_extensions(parser)
    rendered = library.cmark_render_html(document, _OPTIONS, extensions)
    found = ctypes.string_at(rendered)
    free(rendered)
    library.cmark_node_free(document)
    library.cmark_parser_free(parser)
    return found.decode("utf-8")


@cache
def _library() -> tuple[ctypes.CDLL, Callable[[int], None], int]:
    """Return the library, what frees the text that it makes, and its extension for tables."""
    from cmarkgfm import _cmark  # type: ignore[import-untyped]

    library = ctypes.CDLL(_cmark.__file__)
    for name, (returned, taken) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    library.cmark_gfm_core_extensions_ensure_registered()
    free = ctypes.CFUNCTYPE(None, _POINTER)(library.cmark_get_default_mem_allocator()[_FREE])
    tables: int = library.cmark_find_syntax_extension(b"table")
    return library, free, tables
