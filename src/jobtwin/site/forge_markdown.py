"""A comment as HTML, the way forges show it: by the renderer that they use, cmark-gfm.

Its Python wrapper frees no document: some 60 KB stay behind for each page of a site. So only the
library in it is used, with the allocator that lets go of all at once.
"""

from __future__ import annotations

import ctypes
from functools import cache

_NUMBER, _SIZE, _TEXT, _POINTER = (
    ctypes.c_int,
    ctypes.c_size_t,
    ctypes.c_char_p,
    ctypes.c_void_p,
)
_FUNCTIONS = {
    "cmark_gfm_core_extensions_ensure_registered": (None, ()),
    "cmark_get_arena_mem_allocator": (_POINTER, ()),
    "cmark_find_syntax_extension": (_POINTER, (_TEXT,)),
    "cmark_parser_new_with_mem": (_POINTER, (_NUMBER, _POINTER)),
    "cmark_parser_attach_syntax_extension": (_NUMBER, (_POINTER, _POINTER)),
    "cmark_parser_feed": (None, (_POINTER, _TEXT, _SIZE)),
    "cmark_parser_finish": (_POINTER, (_POINTER,)),
    "cmark_parser_get_syntax_extensions": (_POINTER, (_POINTER,)),
    "cmark_render_html": (_TEXT, (_POINTER, _NUMBER, _POINTER)),
    "cmark_arena_reset": (None, ()),
}
"""What is called, with what it returns and takes (cmark-gfm.h, cmark-gfm-extension_api.h)."""
_OPTIONS = 0
"""HTML inside of Markdown is left out."""


def html(markdown: str) -> str:
    """Return Markdown with tables as HTML; what is HTML in it is left out."""
    library, arena, tables = _library()
    content = markdown.encode("utf-8")
    try:
        parser = library.cmark_parser_new_with_mem(_OPTIONS, arena)
        library.cmark_parser_attach_syntax_extension(parser, tables)
        library.cmark_parser_feed(parser, content, len(content))
        document = library.cmark_parser_finish(parser)
        extensions = library.cmark_parser_get_syntax_extensions(parser)
        rendered: bytes = library.cmark_render_html(document, _OPTIONS, extensions)
    finally:
        library.cmark_arena_reset()
    return rendered.decode("utf-8")


@cache
def _library() -> tuple[ctypes.CDLL, int, int]:
    """Return the library, its allocator, and its extension for tables."""
    from cmarkgfm import _cmark  # type: ignore[import-untyped]

    library = ctypes.CDLL(_cmark.__file__)
    for name, (returned, taken) in _FUNCTIONS.items():
        function = library[name]
        function.restype, function.argtypes = returned, taken
        setattr(library, name, function)
    library.cmark_gfm_core_extensions_ensure_registered()
    arena: int = library.cmark_get_arena_mem_allocator()
    tables: int = library.cmark_find_syntax_extension(b"table")
    return library, arena, tables
