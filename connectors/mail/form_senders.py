"""Senders whose letters are forms of a website, and what their answers mean where their names do not say so.

One in a line, as people write it: `wordpress@klarruta.example`, or `wordpress@klarruta.example: Ditt nr = phone`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.forms.settings import MEANINGS, Meaning
from hub.languages import _

Meanings = Mapping[str, Meaning]


def read_form_senders(lines: Sequence[str]) -> Mapping[str, Meanings]:
    """Give by sender, in lower case, what his answers mean, by their labels; ValueError says which line is wrong."""
    found: dict[str, dict[str, Meaning]] = {}
    for line in lines:
        sender, _colon, said = line.partition(":")
        address = sender.strip().lower()
        if "@" not in address or " " in address:
            raise ValueError(_("“%(line)s” does not begin with a mail address.", line=line))
        meanings = found.setdefault(address, {})
        if said.strip():
            label, meaning = _read(line, said)
            meanings[label] = meaning
    return found


def _read(line: str, said: str) -> tuple[str, Meaning]:
    label, equals, written = said.rpartition("=")
    meaning = next((each for each in MEANINGS if each == written.strip().lower()), None)
    if not equals or not label.strip() or meaning is None:
        known = ", ".join(MEANINGS)
        raise ValueError(
            _("“%(line)s” does not end with = and one of these: %(known)s.", line=line, known=known)
        )
    return label.strip().casefold(), meaning


def with_meanings(lines: Sequence[str], sender: str, said: Mapping[str, Meaning | None]) -> list[str]:
    """Give the lines by which the answers of a sender mean what is said of them, None: what they look like.

    What is not said anew stays as it was, and so does what the lines say of others.
    """
    address, told = sender.strip().lower(), {label.strip().casefold() for label in said}
    before = read_form_senders(lines).get(address, {})
    kept = {label: meaning for label, meaning in before.items() if label not in told}
    named = kept | {label.strip(): meaning for label, meaning in said.items() if meaning}
    own = [f"{address}: {label} = {meaning}" for label, meaning in named.items()]
    return [*without_sender(lines, address), *(own or [address])]


def without_sender(lines: Sequence[str], sender: str) -> list[str]:
    """Give the lines that say nothing of a sender."""
    return [line for line in lines if line.partition(":")[0].strip().lower() != sender.strip().lower()]
