"""The sale's records in the audit: what they are called, who may see their history, and what their fields are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import LostReason, Pipeline, Stage
from crm.products import Product
from crm.rights import deal_for
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.api import ROOT
from hub.web.audit_kinds import Kind, Names, add_kind
from hub.web.reads import add_read

LABELS = {
    "value": N_("Value"), "currency": N_("Currency"), "probability": N_("Probability"), "source": N_("Source"),
    "expected_on": N_("Expected on"), "stage_id": N_("Stage"), "pipeline_id": N_("Pipeline"), "lines": N_("Lines"),
    "parts": N_("Taking part"), "lost_reason_id": N_("Lost because"), "lost_why": N_("Why"), "code": N_("Code"),
    "unit": N_("Unit"), "price": N_("Price"), "tax": N_("Tax"), "stale_days": N_("Too long after (days)"),
    "ends": N_("Ends the deal"), "required": N_("Asked for"), "opened_by": N_("Opened by requests of"),
}  # fmt: skip


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {key: _(label) for key, label in LABELS.items()}


def _deal_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Deal.id, Deal.title).where(Deal.id.in_(ids))).all())


def _named(table: type[Pipeline | Stage | LostReason | Product]) -> Names:
    def find(session: Session, ids: Collection[int]) -> Mapping[int, str]:
        return dict(session.execute(select(table.id, table.name).where(table.id.in_(ids))).all())

    return find


def _sees_deal(session: Session, viewer: Viewer, deal_id: int) -> bool:
    return deal_for(session, viewer, deal_id) is not None


add_kind(Kind("deal", N_("Deal"), "/deals/{id}", _deal_names, _sees_deal, _labels))
add_kind(Kind("pipeline", N_("Pipeline"), "/pipelines", _named(Pipeline), labels=_labels))
add_kind(Kind("stage", N_("Stage"), "/pipelines", _named(Stage), labels=_labels))
add_kind(Kind("lost_reason", N_("Reason of loss"), "/pipelines", _named(LostReason), labels=_labels))
add_kind(Kind("product", N_("Product"), "/products", _named(Product), labels=_labels))
add_kind(Kind("price_list", N_("Price list"), "/products"))
for _path in ("/deals/{id}", f"{ROOT}/deals/{{id}}"):
    add_read(_path, "deal")
