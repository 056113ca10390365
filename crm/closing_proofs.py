"""What proves a line of a closing report: the page on which a record is seen."""

from __future__ import annotations

from collections.abc import Mapping

from crm.appointments import Appointment
from crm.conversations import Interaction
from crm.deadlines import Deadline
from crm.deals import DealMove
from crm.documents import DealDocument
from crm.invoices import Invoice
from crm.tasks import Task

Proof = Task | Deadline | Interaction | DealMove | DealDocument | Appointment | Invoice


_PAGES: Mapping[type[Proof], str] = {
    Task: "tasks", Deadline: "deadlines", DealDocument: "documents", Appointment: "visits", Invoice: "invoices",
}  # fmt: skip


def page_of(record: Proof) -> str:
    """Give the path of the page that shows a record."""
    if isinstance(record, Interaction):
        return f"/contacts/{record.contact_id}#event-{record.id}"
    if isinstance(record, DealMove):
        return f"/audit/deal/{record.deal_id}"
    return f"/{_PAGES[type(record)]}/{record.id}"
