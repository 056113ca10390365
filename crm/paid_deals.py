"""Whether what was agreed in a deal is paid: all of it is asked for, and nothing of that is still to be paid.

Its runs hear so once. A run that did not come so far yet forgets it where the money goes back, and hears it anew with
what comes instead; of one that went on by it people are told (crm/money_back.py).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import money_back, run_memory
from crm.deals import Deal
from crm.invoices import Invoice, owed_of
from crm.run_memory import PAID
from hub.clock import now
from hub.rows import hold


def settle(session: Session, deal_id: int) -> bool:
    """Tell whether a deal is paid for the first time now."""
    last = _last(session, deal_id)
    if last is None or not _is_paid(session, deal_id):
        return False
    money_back.over(session, deal_id)
    if last.completed_at is not None:
        return False
    last.completed_at = now()
    session.flush()
    return True


def unsettle(session: Session, deal_id: int) -> None:
    """Have the runs of a deal that is paid no longer forget what they did not come to yet, and tell of others."""
    last = _last(session, deal_id)
    if last is not None and _is_paid(session, deal_id):
        return
    if run_memory.forget(session, deal_id, PAID) and last is not None:
        last.completed_at = None
    money_back.tell(session, deal_id)
    session.flush()


def _last(session: Session, deal_id: int) -> Invoice | None:
    """Give the invoice by which all of a deal is asked for: of all, or of what deposits left."""
    # Two may pay two invoices of it at once: the deal's row decides who is second, and sees what the first one paid.
    hold(session, Deal, deal_id)
    return next((each for each in owed_of(session, deal_id) if each.part != "deposit"), None)


def _is_paid(session: Session, deal_id: int) -> bool:
    return all(each.outstanding <= 0 for each in owed_of(session, deal_id))
