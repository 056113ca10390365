"""Statements of the bank: a file is read whole or not at all, and each is shown with what its entries became."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import BodyPartReader, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money, statement_import
from crm.bank_statements import BankEntry, BankStatement, statements
from crm.desk import Refusal
from crm.payments import Payment
from crm.statement_import import Read
from crm.statement_values import LARGEST
from crm.web.payments import Row, Tab, entry_row, tabs_of
from hub.languages import _
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/bank-statements"
SHOWN, UNREADABLE = 100, 422
READ = 256 * 1024
MOST_SHOWN = 1_000  # entries of one statement


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that was read."""

    id: int
    account: str
    format: str
    file: str
    days: str
    count: int
    known: int
    closing: str
    read_at: object


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the statements that were read."""
    return await _show(request)


@page("POST", HOME, role="manager")
async def take(request: web.Request) -> web.StreamResponse:
    """Read a file, or say why none of it was taken."""
    data, name = await _file(request)
    try:
        taken = await request.app[DB].write(statement_import.take, viewer_of(request), data, name)
    except Refusal as refusal:
        return await _show(request, fault=str(refusal))
    return await _show(request, taken=taken)


@page("GET", f"{HOME}/{{id}}", role="manager")
async def statement(request: web.Request) -> web.StreamResponse:
    """Show a statement and what its entries became."""
    shown, rows = await request.app[DB].read(_statement, path_id(request))
    return await render(request, "bank_statement.html", title=shown.account, sub=shown.days,
                        back=Back(HOME, _("Statements")), statement=shown, rows=rows)  # fmt: skip


async def _show(request: web.Request, taken: Sequence[Read] = (), fault: str = "") -> web.StreamResponse:
    rows, tabs = await request.app[DB].read(_listed)
    return await render(
        request, "bank_statements.html", status=UNREADABLE if fault else 200, title=_("Payments"), rows=rows, tabs=tabs,
        taken=taken, fresh=sum(each.fresh for each in taken), known=sum(each.known for each in taken), fault=fault,
    )  # fmt: skip


async def _file(request: web.Request) -> tuple[bytes, str]:
    """Read the one file of the posted form, and its name."""
    if not request.content_type.startswith("multipart/"):
        raise Problem(415, _("Send files as a form does."))
    data, name = bytearray(), ""
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                name = part.filename or name
            while isinstance(part, BodyPartReader) and (chunk := await part.read_chunk(READ)):
                data += chunk
                if len(data) > LARGEST:
                    raise Problem(413, _("A statement has at most %(most)s MB", most=LARGEST // 1024**2))
    except (ValueError, LookupError) as error:
        raise Problem(400, _("This form could not be read.")) from error
    return bytes(data), name


def _listed(session: Session) -> tuple[Sequence[StatementRow], Sequence[Tab]]:
    return [_row(each) for each in statements(session, SHOWN)], tabs_of(session, HOME)


def _row(each: BankStatement) -> StatementRow:
    days = [written(day, "d MMM y") for day in (each.since, each.until) if day]
    return StatementRow(
        id=each.id, account=each.account or _("An account that the file does not name"), format=each.format,
        file=each.file, days=" – ".join(dict.fromkeys(days)), count=each.count, known=each.known,  # noqa: RUF001
        closing=money.written(each.closing, each.currency) if each.closing is not None else "", read_at=each.read_at,
    )  # fmt: skip


def _statement(session: Session, statement_id: int) -> tuple[StatementRow, Sequence[Row]]:
    found = session.get(BankStatement, statement_id)
    if found is None:
        raise Problem(404, _("There is no such statement."))
    taken = (
        select(BankEntry, Payment.id)
        .outerjoin(Payment, (Payment.entry_id == BankEntry.id) & Payment.undone_at.is_(None))
        .where(BankEntry.statement_id == found.id).order_by(BankEntry.id).limit(MOST_SHOWN)
    )  # fmt: skip
    rows = []
    for entry, payment_id in session.execute(taken):
        words, mark = _("To match"), "soon"
        if payment_id is not None:
            words, mark = _("Accepted"), "free"
        elif entry.put_aside_at is not None or entry.amount < 0:
            words, mark = (_("Put aside") if entry.put_aside_at else ""), "off"
        rows.append(msgspec.structs.replace(entry_row(entry), state=words, mark=mark))
    return _row(found), rows
