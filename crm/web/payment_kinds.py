"""Invoices, payments and statements in the audit: what they are called, and who may see their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money
from crm.bank_statements import BankEntry, BankStatement
from crm.invoices import Invoice
from crm.payments import Payment
from crm.rights import deal_for
from hub import days
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.api import ROOT
from hub.web.audit_kinds import Kind, add_kind
from hub.web.reads import add_read

LABELS = {"amount": N_("Sum"), "currency": N_("Currency")}


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {key: _(label) for key, label in LABELS.items()}


def _invoices(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(Invoice.id, Invoice.number).where(Invoice.id.in_(ids)))
    return {number: called or _("No number yet") for number, called in rows}


def _payments(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.scalars(select(Payment).where(Payment.id.in_(ids)))
    return {each.id: money.written(each.amount, each.currency) for each in rows}


def _statements(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(BankStatement.id, BankStatement.file).where(BankStatement.id.in_(ids)))
    return {number: str(file) for number, file in rows}


def _entries(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.scalars(select(BankEntry).where(BankEntry.id.in_(ids)))
    return {each.id: f"{days.written(each.booked_on)} {each.name or each.text}" for each in rows}


def _sees_invoice(session: Session, viewer: Viewer, invoice_id: int) -> bool:
    found = session.get(Invoice, invoice_id)
    return found is not None and deal_for(session, viewer, found.deal_id) is not None


add_kind(Kind("invoice", N_("Invoice"), "/invoices/{id}", _invoices, _sees_invoice, _labels))
add_kind(Kind("payment", N_("Payment"), "/payments/{id}", _payments, labels=_labels))
add_kind(Kind("bank_statement", N_("Statement"), "/bank-statements/{id}", _statements))
add_kind(Kind("bank_entry", N_("Entry of the bank"), "/payments", _entries))
for _path in ("/invoices/{id}", f"{ROOT}/invoices/{{id}}"):
    add_read(_path, "invoice")
