"""Statements in camt.053, the bank-to-customer statement of ISO 20022, versions 001.02 to 001.13.

A file may hold several statements. An entry may hold a batch: transactions that the bank booked together. Where each
of them says its amount and they come to the entry, they are entries of their own; else the entry is one. A file that is
cut off, whose sums do not add up or that is in another currency than its account makes no sense, and is refused whole.
Source: ISO 20022 Message Definition Report "Bank-to-Customer Cash Management", and Swedish and German market practice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, cast

from lxml import etree

from crm import money
from crm.statement_values import MOST_ENTRIES, Entry, Statement, Unreadable, one_line
from hub.said import said

DEEPEST = 40
SPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])\}Document")
_NO_NAME = frozenset({"", "NONREF", "NOTPROVIDED"})
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml gives it no other name


def is_camt(data: bytes) -> bool:
    """Tell whether a file looks like XML."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read(data: bytes) -> list[Statement]:
    """Read a file. Unreadable has words."""
    root = _parsed(data)
    if not SPACE.fullmatch(str(root.tag)):
        raise Unreadable(said("This is no statement in camt.053"))
    found = [_statement(each) for each in _all(root, "BkToCstmrStmt/Stmt")]
    if not found:
        raise Unreadable(said("There is no statement in this file"))
    if sum(len(each.entries) for each in found) > MOST_ENTRIES:
        raise Unreadable(said("The file has more than %(most)s entries", most=MOST_ENTRIES))
    return found


def _parsed(data: bytes) -> Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unreadable(said("A statement has no document type: this comes from no bank"))
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        raise Unreadable(said("The file breaks off or is damaged, in line %(line)s", line=line)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable(said("A statement has no document type: this comes from no bank"))
    if any(depth > DEEPEST for depth in _depths(root)):
        raise Unreadable(said("This is no statement in camt.053"))
    return root


def _depths(root: Element) -> Iterator[int]:
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        yield depth


def _statement(stmt: Element) -> Statement:
    key = _text(stmt, "Id")
    account = _text(stmt, "Acct/Id/IBAN") or _text(stmt, "Acct/Id/Othr/Id")
    balances = {_text(each, "Tp/CdOrPrtry/Cd"): each for each in _all(stmt, "Bal")}
    first = next(iter(balances.values()), None)
    currency = _text(stmt, "Acct/Ccy") or (_currency(first) if first is not None else "")
    booked = [each for each in _all(stmt, "Ntry") if _status(each) != "PDNG"]
    if not currency and booked:
        currency = _currency(booked[0])
    if not key or not account or not money.is_currency(currency):
        raise Unreadable(said("A statement names neither itself, its account nor its currency"))
    opening = _balance(balances, OPENING, currency)
    closing = _balance(balances, CLOSING, currency)
    nets = [_signed(each, currency) for each in booked]
    if opening is not None and closing is not None and opening + sum(nets) != closing:
        raise Unreadable(said(
            "Statement %(key)s does not add up: from %(opening)s its entries lead to %(sum)s, and it says %(closing)s",
            key=key[:60], opening=_plain(opening, currency), sum=_plain(opening + sum(nets), currency),
            closing=_plain(closing, currency),
        ))  # fmt: skip
    _counted(stmt, len(_all(stmt, "Ntry")))
    entries = tuple(entry for each in booked for entry in _entries(each, currency))
    return Statement(
        account=one_line(account, 60), currency=currency, key=one_line(key, 60), entries=entries, opening=opening,
        closing=closing,
    )  # fmt: skip


def _counted(stmt: Element, count: int) -> None:
    """Refuse a statement that says how many entries it has, and has others."""
    said_count = _text(stmt, "TxsSummry/TtlNtries/NbOfNtries")
    if said_count.isdigit() and int(said_count) != count:
        raise Unreadable(said("A statement says that it has %(said)s entries, and has %(count)s", said=int(said_count),
                              count=count))  # fmt: skip


def _entries(ntry: Element, currency: str) -> Iterator[Entry]:
    """Give the transactions of an entry, where each says its amount and all come to the entry's; else the entry."""
    whole, details = _signed(ntry, currency), _all(ntry, "NtryDtls/TxDtls")
    parts = [_part(each, ntry, currency) for each in details]
    charges = sum(_charge(each, currency) for each in (ntry, *details))
    sums = {sum(part for part in parts if part is not None)}
    sums |= {total - charges for total in sums}
    if len(details) > 1 and all(part is not None for part in parts) and whole in sums:
        for place, (detail, part) in enumerate(zip(details, parts, strict=True), 1):
            yield _entry(ntry, detail, part or 0, currency, place)
        rest = whole - sum(part or 0 for part in parts)
        if rest:
            yield _entry(ntry, None, rest, currency, len(parts) + 1, said_text=_text(ntry, "AddtlNtryInf"))
    elif len(details) > 1:
        yield _entry(ntry, None, whole, currency, 1)
    else:
        yield _entry(ntry, details[0] if details else None, whole, currency, 1)


def _entry(
    ntry: Element, detail: Element | None, amount: int, currency: str, place: int, said_text: str = ""
) -> Entry:
    within = detail if detail is not None else ntry
    side = "Dbtr" if _text(ntry, "CdtDbtInd") == "CRDT" else "Cdtr"
    name = _first(within, f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm",
                  f"RltdPties/Ultmt{side}/Pty/Nm")  # fmt: skip
    texts = [said_text] if said_text else [each.text or "" for each in _all(within, "RmtInf/Ustrd")]
    words = " ".join(texts) or _first(within, "AddtlTxInf") or _text(ntry, "AddtlNtryInf")
    reference = _first(within, "RmtInf/Strd/CdtrRefInf/Ref")
    if not reference:
        named = _first(within, "Refs/EndToEndId")
        reference = "" if named == "NOTPROVIDED" else named
    return Entry(
        booked_on=_day(ntry), amount=amount, currency=currency, name=one_line(name, 200), text=one_line(words),
        reference=one_line(reference, 60), key=_key(ntry, detail, amount, place),
        is_reversal=_text(ntry, "RvslInd") in {"true", "1"},
    )  # fmt: skip


def _key(ntry: Element, detail: Element | None, amount: int, place: int) -> str:
    """Give the bank's own reference, "" where it gives none. Some banks use one again: the day and the sum are in it.

    NtryRef counts the entries of one statement in most banks, and says nothing beyond it.
    """
    own = _text(ntry, "AcctSvcrRef")
    inner = _first(detail, "Refs/AcctSvcrRef", "Refs/TxId") if detail is not None else ""
    if own.upper() in _NO_NAME and inner.upper() in _NO_NAME:
        return ""
    return one_line(f"{own}:{inner or place}:{_day(ntry)}:{amount}", 160)


def _part(detail: Element, ntry: Element, currency: str) -> int | None:
    """Give what a transaction of an entry comes to, with its sign; None where it does not say."""
    amount = _one(detail, "Amt")
    amount = amount if amount is not None else _one(detail, "AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != currency:
        return None
    way = _text(detail, "CdtDbtInd") or _text(ntry, "CdtDbtInd")
    return _amount(amount, currency) * (-1 if way == "DBIT" else 1)


def _charge(within: Element, currency: str) -> int:
    """Give the charges that the bank kept back."""
    total = 0
    for each in (*_all(within, "Chrgs/Rcrd/Amt"), *_all(within, "Chrgs/Amt")):
        total += _amount(each, currency) if each.get("Ccy") == currency else 0
    return total


def _signed(ntry: Element, currency: str) -> int:
    amount, way = _one(ntry, "Amt"), _text(ntry, "CdtDbtInd")
    if amount is None or way not in {"CRDT", "DBIT"}:
        raise Unreadable(said("An entry does not say its amount, or whether it came or went"))
    if amount.get("Ccy") != currency:
        raise Unreadable(
            said("An entry is in %(theirs)s and the account in %(ours)s", theirs=(amount.get("Ccy") or "?")[:10],
                 ours=currency)
        )  # fmt: skip
    return _amount(amount, currency) * (-1 if way == "DBIT" else 1)


def _balance(balances: dict[str, Element], wanted: tuple[str, ...], currency: str) -> int | None:
    found = next((balances[code] for code in wanted if code in balances), None)
    return None if found is None else _signed(found, currency)


def _amount(element: Element, currency: str) -> int:
    try:
        number = Decimal((element.text or "").strip()).scaleb(money.digits(currency))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value() or not 0 <= number <= money.MOST:
        raise Unreadable(said("“%(text)s” is no amount", text=(element.text or "")[:40]))
    return int(number)


def _day(ntry: Element) -> date:
    text = _text(ntry, "BookgDt/Dt") or _text(ntry, "BookgDt/DtTm") or _text(ntry, "ValDt/Dt")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Unreadable(said("An entry does not say on which day it was booked")) from None


def _status(ntry: Element) -> str:
    return _text(ntry, "Sts/Cd") or _text(ntry, "Sts")


def _currency(element: Element) -> str:
    amount = _one(element, "Amt")
    return "" if amount is None else amount.get("Ccy") or ""


def _all(within: Element, path: str) -> list[Element]:
    return cast("list[Element]", within.findall("/".join(f"{{*}}{name}" for name in path.split("/"))))


def _one(within: Element, path: str) -> Element | None:
    return next(iter(_all(within, path)), None)


def _text(within: Element, path: str) -> str:
    found = _one(within, path)
    return "" if found is None else (found.text or "").strip()


def _first(within: Element, *paths: str) -> str:
    return next((text for text in (_text(within, path) for path in paths) if text), "")


def _plain(amount: int, currency: str) -> str:
    return money.plain(amount, money.digits(currency))
