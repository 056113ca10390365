"""Statements are read from a file and kept: whole or not at all, and each entry once from however many files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import bank_csv, camt_files, entry_twins
from crm.bank_statements import BankEntry, BankStatement
from crm.company import Company
from crm.desk import Refusal
from crm.letterheads import letterhead
from crm.statement_values import LARGEST, Statement, Unreadable, keys_of, one_line
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.rows import hold
from hub.rows_unless_there import insert_many_unless_there, insert_unless_there
from hub.said import again, nsaid
from hub.users import Viewer

KIND = "bank_statement"
OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))
SLICE = 500  # keys that are asked for at once


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a statement: so many entries were new, and so many had been read before.

    Of the new ones, so many are `maybe` the same as one that another file told.
    """

    id: int
    account: str
    fresh: int
    known: int
    maybe: int = 0


class BankFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the bank as it is read: its statements, whose `digest` it has, and what it is called."""

    form: Literal["camt.053", "CSV"]
    statements: Sequence[Statement]
    digest: str
    name: str


def understood(data: bytes, name: str, currency: str) -> BankFile:
    """Read a file; Refusal has words. It asks no store and may take seconds: call it outside any transaction."""
    try:
        form, found = read(data, currency)
    except Unreadable as error:
        raise Refusal(again(error.args[0])) from None
    return BankFile(
        form=form, statements=found, digest=hashlib.sha256(data).hexdigest(), name=one_line(name, 120)
    )


def read(data: bytes, currency: str) -> tuple[Literal["camt.053", "CSV"], list[Statement]]:
    """Read a file of either form; Unreadable has words."""
    if len(data) > LARGEST:
        raise Unreadable(_("A statement has at most %(most)s MB", most=LARGEST // 1024**2))
    if not data.strip():
        raise Unreadable(_("The file is empty"))
    if camt_files.is_camt(data):
        return "camt.053", camt_files.read(data)
    return "CSV", bank_csv.read(data, currency)


def take(session: Session, viewer: Viewer, file: BankFile) -> list[Read]:
    """Keep what a file says. Refusal says why none of it was kept."""
    # Files of two forms have no key in common: of two that tell of one day at once, one must see what the other kept.
    hold(session, Company, 1)
    done = [_keep(session, viewer, each, file) for each in file.statements]
    kept = [each for each in done if each is not None]
    if not kept:
        raise Refusal(_taken(session, file))
    announce(session, Notice(kind=KIND, id=kept[0].id, audience=OVERSEERS))
    return kept


def _keep(session: Session, viewer: Viewer, statement: Statement, file: BankFile) -> Read | None:
    """Keep one statement; None for one that was read before."""
    account = _own(session, statement)
    keys = keys_of(statement.entries)
    known = _known(session, account, keys)
    new = {key: entry for key, entry in zip(keys, statement.entries, strict=True) if key not in known}
    same, maybe = entry_twins.twins(session, account, file.form, new)
    days = [each.booked_on for each in statement.entries]
    # Two may send the same file at once: the account and the statement's own name decide who was first.
    name = _name(session, account, statement, file, is_known=len(known) + len(same) == len(set(keys)))
    made = insert_unless_there(
        session, BankStatement, account=account, currency=statement.currency, key=name, format=file.form,
        file=file.name, digest=file.digest, opening=statement.opening, closing=statement.closing,
        since=min(days, default=None), until=max(days, default=None), count=len(keys), known=len(known) + len(same),
        read_at=now(), read_by=viewer.user_id,
    )  # fmt: skip
    if made is None:
        return None
    rows = [
        {"statement_id": made, "account": account, "key": key, "booked_on": entry.booked_on, "amount": entry.amount,
         "currency": entry.currency, "name": entry.name, "text": entry.text, "reference": entry.reference,
         "is_reversal": entry.is_reversal, "put_aside_at": None, "put_aside_by": None,
         "maybe_id": maybe.get(key)}
        for key, entry in new.items() if key not in same
    ]  # fmt: skip
    if rows:
        insert_many_unless_there(session, BankEntry, rows)
    words = nsaid("%(num)s entry", "%(num)s entries", len(rows))
    audit.record(session, viewer, audit.MADE, KIND, made, words=words)
    return Read(id=made, account=account, fresh=len(rows), known=len(known) + len(same), maybe=len(maybe))


def _name(session: Session, account: str, statement: Statement, file: BankFile, *, is_known: bool) -> str:
    """Give the name under which a statement is kept.

    Some banks count their statements from 1 each year, or send a day again with what came later under the same name:
    one that tells anything new is another one.
    """
    same = select(BankStatement.id).where(
        BankStatement.account == account, BankStatement.key == statement.key
    )
    if is_known or session.scalar(same) is None:
        return statement.key
    return f"{statement.key} {file.digest}"


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


def _taken(session: Session, file: BankFile) -> str:
    """Say that a file was read before, or that its statements were."""
    names = [each.key for each in file.statements]
    same = select(BankStatement).where((BankStatement.digest == file.digest) | BankStatement.key.in_(names))
    before = session.scalars(same.order_by(BankStatement.id)).first()
    return _("This was read already, on %(day)s as “%(file)s”: nothing is taken twice",
             day=before.read_at.date().isoformat() if before else "?", file=before.file if before else "?")  # fmt: skip
