"""An error as people read it beside the item or the command that it befell."""

from __future__ import annotations

from hub.said import Said, said

LENGTH = 2000


def describe(error: Exception) -> str:
    """Say an error in one bounded line that every database can keep; a sentence of ours stays one."""
    sentence = error.args[0] if error.args else None
    if isinstance(sentence, Said):
        return sentence
    lines = str(error).strip().splitlines()
    words = lines[0] if lines else _unspoken(error)
    # PostgreSQL keeps neither NUL nor half a surrogate pair; what cannot be kept would come back for ever.
    return words[:LENGTH].replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")


def _unspoken(error: Exception) -> str:
    return said("no answer in time") if isinstance(error, TimeoutError) else type(error).__name__
