"""Sentences that the machine writes into the store and says to each reader in his own language.

    session.add(TaskChange(words=said("given to %(name)s", name=user.name)))

A column of type `Sentence` (hub/sentence.py) keeps what was said and with which values; read again, it is a text in the
language of whoever reads, which also knows its `say`. What a person typed into such a column is kept as it is. Values
may be sentences themselves; lists are joined by commas, a Decimal is written as the reader writes sums, and a date as
he writes days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Self

import msgspec

from hub import days, sums
from hub.languages import Listener, _, listener, ngettext

CONTROL = "\x1e"
MARK = f"{CONTROL}said:"
NUMBER, DAY = "number", "day"
SAID_LATELY = 500  # sentences that are kept as they were heard
PLAIN = frozenset(
    {str, int, float, bool, type(None)}
)  # kinds of values that are told and written as they are


_once: dict[str, Mapping[str, Callable[[str], object]]] = {}


class Said(str):
    """A sentence as its reader hears it; `say` is the text of the catalogue that it was made of."""

    __slots__ = ("_kept", "many", "say", "values")

    say: str
    many: str
    values: Mapping[str, object]
    _kept: str

    def __new__(cls, say: str, values: Mapping[str, object], many: str = "") -> Self:
        """Say it to whoever listens now."""
        sentence = super().__new__(cls, _tell(say, many, values))
        sentence.say, sentence.many, sentence.values, sentence._kept = say, many, values, ""
        return sentence

    def kept(self) -> str:
        """Give what the store keeps; a cause is written with each of its steps."""
        self._kept = self._kept or MARK + msgspec.json.encode(_bare(self)).decode()
        return self._kept


def to_json(value: object, order: Literal["deterministic"] | None = None) -> bytes:
    """Write JSON in which sentences are texts."""
    return (_ordered if order else _encoder).encode(value)


def said(say: str, /, **values: object) -> Said:
    """Say a sentence that is kept: its text of the catalogue, and the values in it."""
    return Said(say, values)


def nsaid(one: str, many: str, number: int, /, **values: object) -> Said:
    """Say a sentence that is kept, with a number in it, which is %(num)s."""
    return Said(one, {"num": number, **values}, many)


def keep(text: str | None) -> str | None:
    """Give what the store keeps of a text, be it a sentence of ours or somebody else's."""
    if isinstance(text, Said):
        return text.kept()
    return text.lstrip(CONTROL) if text else text


def again(text: str) -> str:
    """Say a sentence once more, to whoever listens now."""
    return Said(text.say, text.values, text.many) if isinstance(text, Said) else text


def hear(kept: str) -> str:
    """Say what the store keeps to whoever listens now; what is no sentence of ours passes as it is."""
    return _said_to(listener(), kept) if kept.startswith(MARK) else kept


@lru_cache(maxsize=SAID_LATELY)
def _said_to(_listener: Listener, kept: str) -> str:
    """Say it to this listener. Most tasks and steps are what they are for one of a few reasons."""
    try:
        return Said(*_parts(msgspec.json.decode(kept[len(MARK) :])))
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, ArithmeticError):
        return kept


def once_text(say: str, /, **readers: Callable[[str], object]) -> None:
    """Have values of a sentence that were kept as texts before they were kept as what they are read when it is heard.

    Only of sentences of which nobody but the machine ever wrote these values: no text of a person's is touched.
    """
    _once[say] = readers


def _text(value: object) -> str:
    if isinstance(value, Said):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} cannot stand in JSON")


_encoder = msgspec.json.Encoder(enc_hook=_text)
_ordered = msgspec.json.Encoder(enc_hook=_text, order="deterministic")


def _tell(say: str, many: str, values: Mapping[str, object]) -> str:
    told = {name: value if type(value) in PLAIN else _joined(value) for name, value in values.items()}
    if many:
        number = values["num"]
        return ngettext(say, many, number if isinstance(number, int) else 0, **told)
    return _(say, **told)


def _joined(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(_joined(each)) for each in value)
    if isinstance(value, Decimal):
        return sums.written(value)
    if isinstance(value, date):
        return days.written(value)
    return again(value) if isinstance(value, Said) else value


def _bare(value: object) -> object:
    """Write a value so that `_heard` finds it again."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Said):
        return {"say": value.say, "many": value.many, "with": {k: _bare(v) for k, v in value.values.items()}}
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if isinstance(value, date):
        return {DAY: value.isoformat()}
    return {NUMBER: str(value)} if isinstance(value, Decimal) else value


def _heard(bare: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(bare, list):
        return [_heard(each) for each in bare]
    if isinstance(bare, dict):
        if DAY in bare:
            return date.fromisoformat(bare[DAY])
        return Decimal(bare[NUMBER]) if NUMBER in bare else Said(*_parts(bare))
    return bare


def _parts(bare: Any) -> tuple[str, Mapping[str, object], str]:  # noqa: ANN401 - JSON
    values = {name: _heard(value) for name, value in bare["with"].items()}
    for name, read in _once.get(bare["say"], {}).items():
        if type(values.get(name)) is str:
            values[name] = read(values[name])
    return bare["say"], values, bare["many"]
