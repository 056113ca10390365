"""Forms that a website mails: a line for each answer, and the visitor in Reply-To."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.mail.letter import Address
from connectors.mail.reply import without_signature
from hub.events import Field

_ANSWER = re.compile(r"[*\s]{0,4}([^\W\d_][^:\n]{0,59}?)[*\s]{0,4}:(?:[*\s]+(.*))?", re.DOTALL)
_FEWEST = 3
_MOST = 200


def read_form(sender: Address | None, reply_to: Sequence[Address], text: str) -> tuple[Field, ...]:
    """Give the answers in order; () where this is no form.

    It is one when it has three answers or more, and one of them is the only address to reply to, which is not the
    sender's. An answer goes on until the next label.
    """
    if sender is None or len(reply_to) != 1 or reply_to[0].address.lower() == sender.address.lower():
        return ()
    fields = _answers(without_signature(text))
    visitor = reply_to[0].address.lower()
    named = any(visitor in field.value.lower().split() for field in fields)
    return tuple(fields[:_MOST]) if named and len(fields) >= _FEWEST else ()


def read_known_form(text: str) -> tuple[Field, ...]:
    """Give the answers of a letter that is known to be a form, in order, however few; () where there are none."""
    return tuple(_answers(without_signature(text))[:_MOST])


def _answers(text: str) -> list[Field]:
    found: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if match := _ANSWER.fullmatch(line):
            found.append((match[1], [match[2] or ""]))
        elif found:
            found[-1][1].append(line)
    return [Field(label, "\n".join(lines).strip()) for label, lines in found]
