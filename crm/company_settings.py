"""The company's own row, changed by its admins: what it is called, where it is, and in what it counts."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from babel import Locale
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.orm import Session

from crm.company import Company
from crm.working_hours import check_zone
from hub import audit
from hub.bus import Audience, Notice
from hub.db import announce
from hub.languages import SOURCE, _
from hub.preferences import is_time
from hub.users import ROLES, Viewer

LONGEST = 120
KIND = "company"


class Wanted(msgspec.Struct, frozen=True):
    """What the row is to hold."""

    name: str
    line: str
    country: str
    zone: str
    currency: str
    help: str
    calls_from: str = "08:00"
    calls_until: str = "20:00"


def wanted_of(company: Company) -> Wanted:
    """Give what the row holds."""
    return Wanted(
        company.name, company.line, company.country, company.zone, company.currency, company.help,
        company.calls_from, company.calls_until,
    )  # fmt: skip


def wrong(wanted: Wanted) -> dict[str, str]:
    """Say by field what cannot be."""
    errors: dict[str, str] = {}
    if not wanted.name:
        errors["name"] = _("Say what the company is called")
    for field in ("name", "line", "help"):
        if len(getattr(wanted, field)) > LONGEST:
            errors[field] = _("At most %(n)s letters", n=LONGEST)
    if wanted.country not in SUPPORTED_REGIONS:
        errors["country"] = _("Choose a country from the list")
    if wanted.currency not in currencies():
        errors["currency"] = _("Choose a currency from the list")
    for field in ("calls_from", "calls_until"):
        if not is_time(getattr(wanted, field)):
            errors[field] = _("Write a time as 08:00.")
    try:
        check_zone(wanted.zone)
    except ValueError as error:
        errors["zone"] = str(error)
    return errors


def change(session: Session, viewer: Viewer, wanted: Wanted) -> None:
    """Change it. Numbers are read and sums are written by it from now on; working hours have a zone of their own."""
    company = session.get_one(Company, 1)
    before = _written(company)
    for field, value in msgspec.structs.asdict(wanted).items():
        setattr(company, field, value)
    changes = audit.differences(before, _written(company))
    if changes:
        audit.record(session, viewer, audit.CHANGED, KIND, company.id, changes=changes)
        announce(session, Notice(kind=KIND, id=company.id, audience=Audience(roles=frozenset(ROLES))))


def currencies() -> Mapping[str, str]:
    """Give every currency by its code."""
    return Locale.parse(SOURCE).currencies


def _written(company: Company) -> dict[str, object]:
    return msgspec.structs.asdict(wanted_of(company))
