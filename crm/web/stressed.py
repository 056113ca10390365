"""Sentences that stress a name between asterisks, as those about diagrams do, for a page."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_STRESSED = re.compile(r"\*([^*\n]{1,200})\*")


def stressed(words: str) -> Markup:
    """Give the words with what is stressed in bold; everything else is text."""
    return Markup(_STRESSED.sub(r"<b>\1</b>", str(escape(words))))  # noqa: S704 - escaped before


def unstressed(words: str) -> str:
    """Give the words for where nothing is bold, with what is stressed in quotation marks."""
    return _STRESSED.sub(r"“\1”", words)
