"""What of the business a form's answer may be besides name, phone and the like: the company's own fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session


class Target(msgspec.Struct, frozen=True):
    """One field of the company: its name, what it is called, and further labels by which it is recognised."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()

    def knows(self, label: str) -> bool:
        """Tell whether an answer under this label is this field's without anybody saying so."""
        return _letters(label) in {_letters(each) for each in (self.name, self.label, *self.aliases)}


def _letters(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalnum())


Targets = Callable[[Session], Sequence[Target]]

TARGETS = web.AppKey[Targets]("targets")


def no_targets(_session: Session) -> Sequence[Target]:
    """Give none, where no business is."""
    return ()
