"""Statements are read from a file and kept: whole or not at all, and each entry once from however many files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import bank_csv, camt_files
from crm.bank_statements import BankEntry, BankStatement
from crm.desk import Refusal
from crm.letterheads import letterhead
from crm.setup import setup
from crm.statement_values import LARGEST, Statement, Unreadable, keys_of, one_line
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.rows import insert_many_unless_there, insert_unless_there
from hub.said import again, nsaid
from hub.users import Viewer

KIND = "bank_statement"
OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))
SLICE = 500  # keys that are asked for at once


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a statement: so many entries were new, and so many had been read before."""

    id: int
    account: str
    fresh: int
    known: int


def read(data: bytes, currency: str) -> tuple[Literal["camt.053", "CSV"], list[Statement]]:
    """Read a file of either form; Unreadable has words. It asks no store, and may take seconds."""
    if len(data) > LARGEST:
        raise Unreadable(_("A statement has at most %(most)s MB", most=LARGEST // 1024**2))
    if not data.strip():
        raise Unreadable(_("The file is empty"))
    if camt_files.is_camt(data):
        return "camt.053", camt_files.read(data)
    return "CSV", bank_csv.read(data, currency)


def take(session: Session, viewer: Viewer, data: bytes, file: str) -> list[Read]:
    """Keep what a file says. Refusal says why none of it was kept."""
    try:
        form, found = read(data, setup(session).company.currency)
    except Unreadable as error:
        raise Refusal(again(error.args[0])) from None
    digest = hashlib.sha256(data).hexdigest()
    done = [_keep(session, viewer, each, form, one_line(file, 120), digest) for each in found]
    kept = [each for each in done if each is not None]
    if not kept:
        raise Refusal(_taken(session, digest, found))
    announce(session, Notice(kind=KIND, id=kept[0].id, audience=OVERSEERS))
    return kept


def _keep(
    session: Session, viewer: Viewer, statement: Statement, form: str, file: str, digest: str
) -> Read | None:
    """Keep one statement; None for one that was read before."""
    account = _own(session, statement)
    keys = keys_of(statement.entries)
    known = _known(session, account, keys)
    days = [each.booked_on for each in statement.entries]
    # Two may send the same file at once: the account and the statement's own name decide who was first.
    made = insert_unless_there(
        session, BankStatement, account=account, currency=statement.currency, key=statement.key, format=form, file=file,
        digest=digest, opening=statement.opening, closing=statement.closing, since=min(days, default=None),
        until=max(days, default=None), count=len(keys), known=len(known), read_at=now(), read_by=viewer.user_id,
    )  # fmt: skip
    if made is None:
        return None
    rows = [
        {"statement_id": made, "account": account, "key": key, "booked_on": entry.booked_on, "amount": entry.amount,
         "currency": entry.currency, "name": entry.name, "text": entry.text, "reference": entry.reference,
         "is_reversal": entry.is_reversal, "put_aside_at": None, "put_aside_by": None}
        for key, entry in zip(keys, statement.entries, strict=True)
        if key not in known
    ]  # fmt: skip
    insert_many_unless_there(session, BankEntry, rows)
    words = nsaid("%(num)s entry", "%(num)s entries", len(rows))
    audit.record(session, viewer, audit.MADE, KIND, made, words=words)
    return Read(id=made, account=account, fresh=len(rows), known=len(known))


def _own(session: Session, statement: Statement) -> str:
    """Give the account of a statement, which must be the company's where we know that."""
    ours = re.sub(r"\s", "", letterhead(session).iban).upper()
    theirs = re.sub(r"\s", "", statement.account).upper()
    if not theirs:
        return ours
    digits = re.sub(r"\D", "", theirs).lstrip("0")
    if ours and theirs != ours and not (theirs.isdigit() and digits and ours.endswith(digits)):
        raise Refusal(
            _(
                "This is a statement of account %(theirs)s, and ours is %(ours)s",
                theirs=theirs[:40],
                ours=ours,
            )
        )
    return ours or theirs


def _known(session: Session, account: str, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(keys), SLICE):
        wanted = select(BankEntry.key).where(
            BankEntry.account == account, BankEntry.key.in_(keys[at : at + SLICE])
        )
        found.update(session.scalars(wanted))
    return found


def _taken(session: Session, digest: str, found: Sequence[Statement]) -> str:
    """Say that a file was read before, or that its statements were."""
    same = select(BankStatement).where(
        (BankStatement.digest == digest) | BankStatement.key.in_([each.key for each in found])
    )
    before = session.scalars(same.order_by(BankStatement.id)).first()
    return _("This was read already, on %(day)s as “%(file)s”: nothing is taken twice",
             day=before.read_at.date().isoformat() if before else "?", file=before.file if before else "?")  # fmt: skip
