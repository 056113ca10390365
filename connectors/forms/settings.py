"""How a form channel is set up."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Literal

from connectors.forms.page import USUAL_FIELDS, FormField
from hub.connector import Settings

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

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
_PLACEHOLDERS = {"name", "phone", "email", "company", "subject", "form"}


class FormSettings(Settings, frozen=True, kw_only=True):
    """Settings of a form.

    `title` is the heading of the hosted page and what colleagues call this form.
    `intro` is the paragraph under the heading.
    `thanks` is what a visitor reads after sending.
    `fields` are the questions of the hosted page, in order.
    `map` says what a sender's field means where its label does not: `"1.3" = "first name"`. Meanings are
    name, first name, middle name, last name, phone, email, company, subject, message, and nothing (never
    guess).
    `origins` are the sites that may post by script and that `_next` may lead to, such as
    "https://klarruta.example"; "*" lets every site post, and leads nowhere.
    `min_seconds` is the time in which only a machine fills in the form; 0 switches the time trap off.
    `department` is the department whose task it becomes; "" leaves that to the company's rules.
    `task_title` names the task; {name}, {phone}, {email}, {company}, {subject} and {form} are filled in.
    Without it the task is “Answer {name}”.
    `quarantine` keeps requests that look like spam apart for a person to look at; without it they become
    cards like any other, and a remark says why they look odd.
    """

    title: str = "Write to us"
    intro: str = ""
    thanks: str = "Thank you. We have your request and will ring you back."
    fields: tuple[FormField, ...] = USUAL_FIELDS
    map: Mapping[str, Meaning] = {}
    origins: tuple[str, ...] = ()
    min_seconds: float = 2.0
    department: str = ""
    task_title: str = ""
    quarantine: bool = True

    def __post_init__(self) -> None:
        """Refuse what could never work: fields of one name, a page for an origin, an unknown placeholder."""
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"Two fields are called {name!r}")
        for origin in self.origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"An origin is scheme and host, such as https://klarruta.example, not {origin!r}"
                )
        parts = list(string.Formatter().parse(self.task_title))
        if any(width or conversion for _, _, width, conversion in parts):
            raise ValueError("task_title takes {name} and its like as they are, without “:” or “!”")
        used = {name for _, name, _, _ in parts if name is not None}
        if unknown := sorted(used - _PLACEHOLDERS):
            raise ValueError(f"task_title knows {{name}} and its like, but not {{{unknown[0]}}}")
