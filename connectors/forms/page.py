"""The questions of a hosted form, as its owner sets them up; the page that asks them is drawn elsewhere."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.connector import WrongSetting
from hub.languages import N_, _

Kind = Literal[
    "text", "tel", "email", "number", "money", "date", "choice", "yesno", "longtext", "file", "link"
]


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question.

    `name` is the input's name, as it will stand on the card.
    `label` is what the visitor reads; "" shows the name.
    `kind` decides the input and the type on the card: text, tel, email, number, money, date, choice, yesno,
    longtext, file or link.
    `required` keeps the page from sending without an answer; what comes in without one is taken all the same.
    `choices` are the answers of a choice, in order.
    `hint` is a line under the input.
    """

    name: str
    label: str = ""
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""

    def __post_init__(self) -> None:
        """Refuse a question that could not be asked."""
        if not self.name or self.name.startswith("_"):
            raise WrongSetting(
                "fields",
                _("A field's name must not be empty or start with an underscore: “%(name)s”", name=self.name),
            )
        if self.kind == "choice" and not self.choices:
            raise WrongSetting(
                "fields", _("The field “%(name)s” is a choice without choices", name=self.name)
            )


USUAL_FIELDS = (
    FormField(name="name", label=N_("Your name"), required=True),
    FormField(name="phone", label=N_("Phone"), kind="tel"),
    FormField(name="email", label=N_("Email"), kind="email"),
    FormField(name="message", label=N_("How can we help?"), kind="longtext"),
)
