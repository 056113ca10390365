"""Computed fields: what they give for contacts, asked for a whole page of rows at once.

    computed.values(session, viewer, rows)      {contact.id: {"days_silent": Value("number", 12)}}

Each thing that an expression wants counted is one question for all rows, however many fields want it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from crm import expressions, reckoning
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deals import Deal, is_open
from crm.expressions import Ask, Counted, Expression, Facts, Result
from crm.fields import COMPUTED, CustomField, Value
from crm.setup import setup
from crm.tasks import Task
from hub.clock import now
from hub.said import said
from hub.shapes import convert
from hub.users import Viewer

DEEPEST = 5  # computed fields that read computed fields


@dataclass(slots=True)
class Outcome:
    """What a computed field gives: its value (None: not known), or why it cannot be computed."""

    value: Value | None = None
    error: str = ""


@dataclass(slots=True)
class _Sheet:
    """The contacts that are computed, and what was counted of them so far."""

    session: Session
    rows: Mapping[int, Contact]
    zone: ZoneInfo
    fields: Mapping[str, CustomField]
    counted: dict[Ask, Mapping[int, Counted]] = field(default_factory=dict)


def values(session: Session, viewer: Viewer, rows: Sequence[Contact]) -> dict[int, dict[str, Value]]:
    """Give by contact what the computed fields say that this viewer may see; what is not known is left out."""
    shown = [
        each for each in setup(session).shown_fields if each.kind == COMPUTED and each.is_seen_by(viewer)
    ]
    sheet = _sheet(session, rows)
    found: dict[int, dict[str, Value]] = {}
    for row in rows:
        outcomes = {each.name: _outcome(sheet, row, each) for each in shown}
        found[row.id] = {name: each.value for name, each in outcomes.items() if each.value is not None}
    return found


def outcomes(session: Session, contact: Contact, fields: Iterable[CustomField]) -> dict[str, Outcome]:
    """Compute fields for one contact, as its card shows them."""
    sheet = _sheet(session, [contact])
    return {each.name: _outcome(sheet, contact, each) for each in fields}


def try_out(session: Session, viewer: Viewer, contact: Contact, text: str) -> Outcome:
    """Compute an expression that is not kept yet for one contact, out of what this viewer may see."""
    sheet = _sheet(session, [contact])
    sheet.fields = {name: each for name, each in sheet.fields.items() if each.is_seen_by(viewer)}
    try:
        return Outcome(_typed(_result(sheet, contact, text, 0), ""))
    except ValueError as error:
        return Outcome(error=str(error))


def check(session: Session, name: str, text: str) -> Expression:
    """Read an expression for a field; ValueError says in words what is wrong, also with the names in it."""
    parsed = expressions.parse(text)
    known = {each.name for each in setup(session).shown_fields} | set(expressions.GIVEN)
    unknown = sorted(parsed.names - known)
    if unknown:
        raise ValueError(said("There is no field “%(name)s”", name=unknown[0][:60]))
    if name in parsed.names or _leads_back(session, name, parsed.names):
        raise ValueError(said("This field would be computed out of itself"))
    return parsed


def _leads_back(session: Session, name: str, names: Iterable[str]) -> bool:
    fields = {each.name: each for each in setup(session).shown_fields if each.kind == COMPUTED}
    seen: set[str] = set()
    waiting = [each for each in names if each in fields]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += [each for each in _parsed(fields[current].expression).names if each in fields]
    return name in seen


def _sheet(session: Session, rows: Sequence[Contact]) -> _Sheet:
    state = setup(session)
    return _Sheet(session, {row.id: row for row in rows}, ZoneInfo(state.company.zone),
                  {each.name: each for each in state.shown_fields})  # fmt: skip


def _outcome(sheet: _Sheet, contact: Contact, computed: CustomField, depth: int = 0) -> Outcome:
    try:
        return Outcome(_typed(_result(sheet, contact, computed.expression, depth), computed.unit))
    except ValueError as error:
        return Outcome(error=str(error))


def _result(sheet: _Sheet, contact: Contact, text: str, depth: int) -> Result:
    if depth > DEEPEST:
        raise ValueError(said("This field would be computed out of itself"))
    parsed = _parsed(text)
    for ask in parsed.asks - sheet.counted.keys():
        sheet.counted[ask] = _counted(sheet, ask)
    known = {name: _known(sheet, contact, name, depth) for name in parsed.names if name in sheet.fields}
    known["card_made"] = contact.made_at.astimezone(sheet.zone).date()
    counted = {ask: sheet.counted[ask].get(contact.id, Counted()) for ask in parsed.asks}
    return reckoning.evaluate(parsed, Facts(now().astimezone(sheet.zone).date(), known, counted))


def _known(sheet: _Sheet, contact: Contact, name: str, depth: int) -> Result:
    """Give what a field holds, in the terms of expressions."""
    ours = sheet.fields[name]
    if ours.kind == COMPUTED:
        return _result(sheet, contact, ours.expression, depth + 1)
    kept = contact.fields.get(name)
    if kept is None:
        return None
    value = convert(kept, Value)
    if value.kind == "date":
        return date.fromisoformat(str(value.value))
    return float(value.value) if value.kind == "money" else value.value


def _counted(sheet: _Sheet, ask: Ask) -> Mapping[int, Counted]:
    """Count for all rows in one question."""
    if ask.collection == "deals":
        return _counted_deals(sheet, ask)
    table, at = (Interaction, Interaction.at) if ask.collection == "interactions" else (Task, Task.created_at)
    wanted = select(table.contact_id, func.count(), func.min(at), func.max(at)).where(
        table.contact_id.in_(sheet.rows)
    )
    if ask.days:
        wanted = wanted.where(at > now() - timedelta(days=ask.days))
    if ask.collection == "interactions" and ask.direction:
        wanted = wanted.where(Interaction.direction == ask.direction)
    if ask.collection == "tasks" and ask.kind == "open":
        wanted = wanted.where(Task.done_at.is_(None))
    elif ask.kind:
        wanted = wanted.where(table.kind == ask.kind)
    rows = sheet.session.execute(wanted.group_by(table.contact_id))
    return {row[0] or 0: Counted(row[1], _day(row[2], sheet.zone), _day(row[3], sheet.zone)) for row in rows}


def _counted_deals(sheet: _Sheet, ask: Ask) -> Mapping[int, Counted]:
    """Count deals by when they were won, lost or else made, and sum up those in the company's currency."""
    currency = setup(sheet.session).company.currency
    at = {"won": Deal.won_at, "lost": Deal.lost_at}.get(ask.kind, Deal.made_at)
    value = func.sum(case((Deal.currency == currency, Deal.value), else_=0))
    wanted = select(Deal.contact_id, func.count(), func.min(at), func.max(at), value)
    wanted = wanted.where(Deal.contact_id.in_(sheet.rows), at.is_not(None))
    if ask.days:
        wanted = wanted.where(at > now() - timedelta(days=ask.days))
    if ask.kind not in {"", "won", "lost"}:
        wanted = wanted.where(is_open())
    units = 10 ** get_currency_precision(currency)
    return {
        row[0]: Counted(row[1], _day(row[2], sheet.zone), _day(row[3], sheet.zone), float(row[4]) / units)
        for row in sheet.session.execute(wanted.group_by(Deal.contact_id))
    }


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _typed(result: Result, unit: str) -> Value | None:
    if result is None:
        return None
    if isinstance(result, date):
        return Value("date", result.isoformat())
    kind = "yesno" if isinstance(result, bool) else "text" if isinstance(result, str) else "number"
    return Value(kind, result, unit if kind == "number" else "")


@lru_cache(maxsize=500)
def _parsed(text: str) -> Expression:
    return expressions.parse(text)
