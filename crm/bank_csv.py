"""Statements as text of columns, as the web pages of Swedish and German banks save them.

The row that names the columns is found by their names; what stands before it, such as the account's number, is looked
through. Where the file states a balance beside each entry, a row that is missing is noticed, and where it breaks off
within its last row, that is.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from crm import bank_cells, money
from crm.fields import fold
from crm.payment_codes import is_iban
from crm.statement_values import MOST_ENTRIES, Entry, Statement, Unreadable, one_line
from hub.said import said

CALLED = {
    "day": ("bokföringsdag", "bokföringsdatum", "reskontradatum", "bokförd", "datum", "date", "booking date",
            "booked on", "buchungstag", "buchungsdatum", "buchung", "transaktionsdag", "transaktionsdatum",
            "valutadatum"),
    "amount": ("belopp", "betrag", "amount", "umsatz", "betrag (eur)", "betrag (€)", "belopp (sek)",
               "insättning/uttag"),
    "in": ("insättning", "insättningar", "haben", "credit", "kredit", "gutschrift"),
    "out": ("uttag", "soll", "debit", "debet", "lastschrift"),
    "name": ("namn", "name", "avsändare", "motpart", "beguenstigter/zahlungspflichtiger", "zahlungspflichtige*r",
             "begünstigter/zahlungspflichtiger", "begünstigter / auftraggeber", "auftraggeber/begünstigter",
             "name zahlungsbeteiligter", "auftraggeber / begünstigter", "zahlungspflichtiger", "counterparty", "payer"),
    "text": ("text", "beskrivning", "verwendungszweck", "text/mottagare", "rubrik", "meddelande", "description",
             "message", "transaktion", "buchungstext", "details"),
    "reference": ("referens", "reference", "ocr", "ocr-nummer", "kundenreferenz", "kundenreferenz (end-to-end)",
                  "end-to-end-id", "verifikationsnummer"),
    "currency": ("valuta", "currency", "waehrung", "währung"),
    "balance": ("saldo", "bokfört saldo", "saldo nach buchung", "balance", "kontostand"),
    "account": ("konto", "kontonr", "kontonummer", "auftragskonto", "iban auftragskonto", "account"),
}  # fmt: skip
"""What banks call the columns, the surer name first."""

MOST_BEFORE = 30  # rows before the one that names the columns
_MEANS = {
    fold(label): (column, place) for column, labels in CALLED.items() for place, label in enumerate(labels)
}
_COUNTED = ("amount", "in", "out", "balance")
_DIGITS = re.compile(r"[\d./-]{1,10}")
_THREE = re.compile(r"[-+]?\d+[.,]\d{3}")
_LONG = re.compile(r"[-+]?\d{4,}[.,]")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")


class _Row(NamedTuple):
    number: int
    cells: Mapping[str, str]


def read(data: bytes, currency: str) -> list[Statement]:
    """Read a file; `currency` is that of the account where the file does not say. Unreadable has words."""
    text = _text(data)
    lines = _lines(text)
    place, columns = _columns(lines)
    if not text.endswith(("\n", "\r")):
        _require_whole(lines, place, columns)
    rows = [
        _Row(number, {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()})
        for number, row in enumerate(lines[place + 1 :], place + 2)
        if len([cell for cell in row if cell.strip()]) > 1
    ]
    if not rows:
        raise Unreadable(said("There is no entry in this file"))
    if len(rows) > MOST_ENTRIES:
        raise Unreadable(said("The file has more than %(most)s entries", most=MOST_ENTRIES))
    code, rows = _one_currency(rows, currency), _in_hundredths(rows)
    entries = tuple(_entry(row, code) for row in rows)
    _check_balances(rows, entries, code)
    account = _account(rows, lines[:place])
    key = f"file {hashlib.sha256(data).hexdigest()}"
    return [Statement(account=account, currency=code, key=key, entries=entries)]


def _text(data: bytes) -> str:
    """Read the letters of a file, in UTF-8 or as older systems of banks write them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data.startswith(b"PK\x03\x04") or b"\0" in data:
        raise Unreadable(said("Save the statement as text with commas (CSV), or as camt.053"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _lines(text: str) -> list[list[str]]:
    separator = max(
        ";\t,", key=lambda mark: sum(line.count(mark) for line in text.splitlines()[:MOST_BEFORE])
    )
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise Unreadable(said("This is no table, or half of one: a quotation mark is not closed")) from None


def _columns(lines: Sequence[Sequence[str]]) -> tuple[int, Mapping[str, int]]:
    """Find the row that names the columns, and tell which is what; of two that mean the same the surer one counts."""
    for place, row in enumerate(lines[:MOST_BEFORE]):
        found: dict[str, tuple[int, int]] = {}
        for at, label in enumerate(row):
            means = _MEANS.get(fold(label.strip().strip("*")))
            if means is not None and (means[0] not in found or means[1] < found[means[0]][0]):
                found[means[0]] = (means[1], at)
        if "day" in found and ("amount" in found or {"in", "out"} <= found.keys()):
            return place, {name: at for name, (_sure, at) in found.items()}
    raise Unreadable(
        said("No row names the columns: a day and an amount at least, such as “Date” and “Amount”")
    )


def _in_hundredths(rows: list[_Row]) -> list[_Row]:
    """Have “2500,000” of a bank that writes three decimals be told from two and a half million.

    In such a file every amount has three; where none of them shows by its length that these are no thousands, nobody
    can tell.
    """
    amounts = [row.cells[name] for row in rows for name in _COUNTED if row.cells.get(name)]
    if not amounts or not all(_THREE.fullmatch(bank_cells.bare(each)) for each in amounts):
        return rows
    if not any(_LONG.match(bank_cells.bare(each)) for each in amounts):
        raise Unreadable(said("“%(text)s” may mean thousands or three decimals: save amounts with two",
                              text=amounts[0][:40]))  # fmt: skip
    return [
        _Row(
            row.number,
            {name: f"{cell}0" if cell and name in _COUNTED else cell for name, cell in row.cells.items()},
        )
        for row in rows
    ]


def _require_whole(lines: Sequence[Sequence[str]], place: int, columns: Mapping[str, int]) -> None:
    """Refuse a file that breaks off within its last row: “125” may have been to be 1250,00.

    One without a last line break is whole where that row has all the cells, and its last amount the decimals, that
    the others have.
    """
    *before, last = [row for row in lines[place:] if any(cell.strip() for cell in row)]
    others = before[1:] or before  # a file of one entry has but the names of its columns to compare it with
    if last is lines[place] or not others:
        return
    begun = last[-1].strip()
    if len(last) == 1:  # a line below the table, or the beginning of a day
        is_broken = columns["day"] == 0 and len(others[-1]) > 1 and bool(_DIGITS.fullmatch(begun))
    elif len(last) < min(map(len, others)):
        is_broken = True
    else:
        means = next((name for name in _COUNTED if columns.get(name) == len(last) - 1), "")
        whole = {
            bank_cells.decimals(row[-1])
            for row in others
            if len(row) == len(last) and row is not lines[place]
        }
        is_other = len(whole) == 1 and bank_cells.decimals(begun) not in whole
        is_broken = is_other if means and begun else means == "amount"
    if is_broken:
        raise Unreadable(
            said("The file breaks off in its last row, at “%(text)s”: save it again", text=begun[:40])
        )


def _one_currency(rows: Sequence[_Row], currency: str) -> str:
    codes = {row.cells["currency"].upper() for row in rows if row.cells.get("currency")}
    if len(codes) > 1:
        raise Unreadable(
            said("The entries are in several currencies: %(codes)s", codes=", ".join(sorted(codes))[:60])
        )
    code = next(iter(codes), currency)
    if not money.is_currency(code):
        raise Unreadable(said("“%(code)s” is no currency; write it like EUR", code=code[:10]))
    return code


def _entry(row: _Row, currency: str) -> Entry:
    cells = row.cells
    try:
        amount = bank_cells.amount(cells["amount"], currency) if cells.get("amount") else (
            abs(bank_cells.amount(cells.get("in") or "0", currency))
            - abs(bank_cells.amount(cells.get("out") or "0", currency))
        )  # fmt: skip
        if not amount:
            raise ValueError(said("there is no amount"))  # noqa: TRY301 - told as all are
        booked_on = bank_cells.day(cells["day"])
    except ValueError as error:
        raise Unreadable(said("Row %(num)s: %(why)s", num=row.number, why=error.args[0])) from None
    return Entry(
        booked_on=booked_on, amount=amount, currency=currency, name=one_line(cells.get("name", ""), 200),
        text=one_line(cells.get("text", "")), reference=one_line(cells.get("reference", ""), 60),
    )  # fmt: skip


def _check_balances(rows: Sequence[_Row], entries: Sequence[Entry], currency: str) -> None:
    """Refuse a file whose balances show that a row is missing; they run up or down the page."""
    stated = [row.cells.get("balance", "") for row in rows]
    if not all(stated):
        return
    try:
        balances = [bank_cells.amount(each, currency) for each in stated]
    except ValueError:
        return
    pairs = list(pairwise(balances))
    down = [after - before == entries[at + 1].amount for at, (before, after) in enumerate(pairs)]
    up = [before - after == entries[at].amount for at, (before, after) in enumerate(pairs)]
    if not all(down) and not all(up):
        run = down if sum(down) >= sum(up) else up
        raise Unreadable(said("The balance does not add up at row %(num)s: is one missing before it?",
                              num=rows[run.index(False) + 1].number))  # fmt: skip


def _account(rows: Sequence[_Row], before: Sequence[Sequence[str]]) -> str:
    """Give the account that the file says it is of: in a column, or as an IBAN above them."""
    named = {re.sub(r"\s", "", row.cells["account"]) for row in rows if row.cells.get("account")}
    if len(named) > 1:
        raise Unreadable(said("The entries are of several accounts"))
    if named:
        return one_line(named.pop(), 60)
    above = " ".join(cell for row in before for cell in row).upper()
    found = (re.sub(r"\s", "", each) for each in _IBAN.findall(above))
    return next((each for each in found if is_iban(each)), "")
