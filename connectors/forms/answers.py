"""What an answer of a form can mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from hub.languages import N_

Meaning = Literal[
    "name",
    "first name",
    "middle name",
    "last name",
    "phone",
    "email",
    "company",
    "subject",
    "message",
    "nothing",
]
MEANINGS: tuple[Meaning, ...] = get_args(Meaning)
SAID: Mapping[str, str] = {
    "name": N_("name"), "first name": N_("first name"), "middle name": N_("middle name"),
    "last name": N_("last name"), "phone": N_("phone"), "email": N_("mail"), "company": N_("company"),
    "subject": N_("subject"), "message": N_("message"), "nothing": N_("nothing: never guess"),
}  # fmt: skip
OWN = "field:"  # before the name of one of the company's own fields, as a meaning
