"""What is filled into the places of a campaign: what we know of each recipient, asked for many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date

from babel.numbers import format_decimal
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import leaving
from crm.campaign_places import GIVEN, LACKING, PIXEL
from crm.campaign_stencils import CLICKS
from crm.campaigns import Campaign
from crm.contacts import Contact, Organisation
from crm.delivery_tokens import Tokens
from crm.fields import COMPUTED, CustomField
from crm.setup import setup
from hub import days
from hub.languages import _, listener

CLICK, SEE, OPEN = "/go", "/letter", "/seen"
"""Where our public addresses begin: of counted links, of the web version, and of what tells that it was opened."""


def known(session: Session) -> dict[str, str]:
    """Give every field that can be filled in, and what it is in words; none that some of us may not see."""
    return {name: _(words) for name, words in GIVEN.items()} | {
        field.name: field.label for field in _fields(session)
    }


def lacking(session: Session) -> dict[str, str]:
    """Say, by field, which kind of recipient has nothing in it; fields that everybody has are not among them."""
    given = {name: _(words) for name, words in LACKING.items()}
    return given | {
        field.name: _("contacts whose “%(field)s” is empty", field=field.label) for field in _fields(session)
    }


def values_of(session: Session, contacts: Collection[int]) -> dict[int, dict[str, str]]:
    """Give what is known of contacts, by their ids; merged ones and those that are gone are not among them.

    A field that was retired since is filled in still: a letter that has begun says the same to everybody.
    """
    wanted = (
        select(Contact.id, Contact.name, Contact.fields, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.id.in_(contacts))
    )
    fields = _fields(session, retired=True)
    return {
        each: {**_written(kept, fields), **_named(name), "organisation": firm or ""}
        for each, name, kept, firm in session.execute(wanted)
    }


def common(session: Session, campaign: Campaign) -> dict[str, str]:
    """Give what every recipient of a campaign reads alike."""
    company = setup(session).company.name
    return {"company": company, "sender": campaign.sender_name or company}


def addresses(campaign: Campaign, delivery_id: int, base: str) -> dict[str, str]:
    """Give the addresses of one copy: where it is seen and left, its counted links, what tells of opening."""
    return ways(campaign, base)(delivery_id)


def ways(
    campaign: Campaign, base: str, wanted: Collection[str] | None = None
) -> Callable[[int], dict[str, str]]:
    """Give what gives the addresses of any copy of a campaign; of many only those are made that are `wanted`."""
    base, token = base.rstrip("/"), Tokens(campaign).of
    made: dict[str, Callable[[int], str]] = {
        "web_url": lambda copy: f"{base}{SEE}/{token(copy, 'see')}",
        "unsubscribe_url": lambda copy: leaving.unsubscribe_url(base, token(copy, "leave")),
    }
    if campaign.counts_clicks:
        made[CLICKS] = lambda copy: f"{base}{CLICK}/{token(copy, 'click')}"
    if campaign.counts_opens:
        made[PIXEL] = lambda copy: f"{base}{OPEN}/{token(copy, 'open')}.gif"
    made = {name: each for name, each in made.items() if wanted is None or name in wanted}
    return lambda copy: {name: each(copy) for name, each in made.items()}


def _fields(session: Session, *, retired: bool = False) -> Sequence[CustomField]:
    every = {each.name: each for each in setup(session).fields.values()} if retired else {}
    every |= {each.name: each for each in setup(session).shown_fields}
    return [each for each in every.values()
            if each.kind != COMPUTED and not each.see and (retired or each.retired_at is None)]  # fmt: skip


def _named(name: str) -> dict[str, str]:
    """Give a name and its first word; a card that is named by a number or an address has none."""
    name = "" if "@" in name or not any(letter.isalpha() for letter in name) else name.strip()
    return {"name": name, "first_name": name.partition(" ")[0]}


def _written(kept: Mapping[str, object], fields: Sequence[CustomField]) -> dict[str, str]:
    found = {}
    for field in fields:
        value = kept.get(field.name)
        if isinstance(value, Mapping) and value.get("value") not in {None, ""}:
            found[field.name] = _in_words(
                str(value.get("kind", "")), value["value"], str(value.get("unit", ""))
            )
    return found


def _in_words(kind: str, value: object, unit: str) -> str:
    locale = listener().locale
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "date":
        with suppress(ValueError):
            return days.written(date.fromisoformat(str(value)))
    if kind in {"number", "money"} and isinstance(value, int | float):
        return f"{format_decimal(value, locale=locale)} {unit}".strip()
    return f"{value} {unit}".strip()
