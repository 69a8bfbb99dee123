"""The canonical form of documents whose shape is known, many times faster than the general way.

cut       a document → its leaves and its shape
text      the text of a file → its strings and its shape
safe      which strings may stand in for which, without changing anything else
trace     one general run over a document whose leaves are marked
compiler  the marked run → a template
blanks    text in which only leaves are missing
template  the leaves of a document → its canonical N-Quads
excerpt   the strings of a signed file → the members that a verdict depends on
cache     the templates that are kept, and the general way for everything else

Why this gives what the general algorithm gives is argued in
docs/explanation/why-substitution-is-sound.md; any doubt goes the general way.
"""

from jobtwin.credential.compiled.cache import Shapes

__all__ = ["Shapes", "canonicalise"]

canonicalise = Shapes()
"""For the documents of this process: bounded in number and size by `cache`."""
