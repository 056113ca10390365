"""What is filled into letters to many of what we know of each recipient."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import campaign_values, contacts, field_changes
from crm.field_changes import Proposal
from hub.audit import RINGBACK
from tests.crm.klarruta import Klarruta

ROOF = Proposal(label="Roof", kind="text", choices=[], unit="", aliases=[], heading="", required=False, see=[], edit=[],
                expression="")  # fmt: skip


async def test_a_field_that_is_retired_stays_in_letters_that_have_begun(firm: Klarruta) -> None:
    def run(session: Session) -> tuple[str, bool]:
        field = field_changes.save(session, RINGBACK, None, ROOF)
        roof = {field.name: {"kind": "text", "value": "red"}}
        karin = contacts.add_contact(session, "Karin Nyman", fields=roof)
        field_changes.retire(session, RINGBACK, field, retired=True)
        session.flush()
        filled = campaign_values.values_of(session, [karin])[karin]
        return filled.get("roof", ""), "roof" in campaign_values.known(session)

    assert await firm.do(run) == ("red", False)
