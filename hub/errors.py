"""An error as people read it beside the item or the command that it befell."""

from __future__ import annotations

LENGTH = 2000


def describe(error: Exception) -> str:
    """Say an error in one bounded line that every database can keep."""
    lines = str(error).strip().splitlines()
    words = lines[0] if lines else _unspoken(error)
    # PostgreSQL keeps neither NUL nor half a surrogate pair; what cannot be kept would come back for ever.
    return words[:LENGTH].replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")


def _unspoken(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
