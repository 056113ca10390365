"""Campaigns over the API: a program begins one, is told what is missing, and comes past none of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.campaigns import CANCELLED, RUNNING, Campaign
from crm.deliveries import UNKNOWN, WAITING, Delivery
from hub.db import Database
from tests.crm.web.conftest import Api


async def test_a_program_begins_plans_and_is_told_what_is_missing(api: Api) -> None:
    of = await api.ask("POST", "/mailing-lists", {"name": "News", "words": "Yes, write to me."}, status=201)
    made = await api.ask("POST", "/campaigns", {"name": "Spring", "list": of["id"]}, status=201)
    here = f"/campaigns/{made['id']}"
    changed = await api.ask("PATCH", here, {"since": "08:00", "until": "20:00", "frozen": False})
    assert (changed["hours"], changed["frozen"], changed["state"]) == (["08:00", "20:00"], False, "draft")
    await api.ask("PATCH", here, {"segments": [99]}, status=409)
    told = await api.ask("POST", f"{here}/check")
    assert not told["ready"]
    assert "A person read the test" in {each["name"] for each in told["checks"] if not each["holds"]}
    refused = await api.ask("POST", f"{here}/schedule", {}, status=409)
    assert "Nobody who is meant has agreed to it." in refused["detail"]
    assert (await api.ask("GET", here))["state"] == "draft"
    assert await api.ask("GET", f"{here}/recipients") == {"gets": 0, "left_out": {}}


async def test_what_is_on_its_way_is_held_ended_and_decided_on(api: Api, db: Database) -> None:
    made = await api.ask("POST", "/campaigns", {"name": "Spring"}, status=201)
    here = f"/campaigns/{made['id']}"

    def on_its_way(session: Session) -> None:
        session.get_one(Campaign, made["id"]).state = RUNNING
        for name, state in (("ann", UNKNOWN), ("bo", UNKNOWN), ("cia", WAITING)):
            session.add(
                Delivery(
                    campaign_id=made["id"], address=f"{name}@kund.example", domain="kund.example", state=state
                )
            )

    await db.write(on_its_way)
    far = await api.ask("GET", f"{here}/progress")
    assert (far["unknown"], far["undecided"], far["left"]) == (2, 2, 1)
    first, second = await api.items(f"{here}/unknown")
    assert await api.ask("POST", f"{here}/unknown", {"again": False, "copy": first["id"]}) == {"copies": 1}
    assert [each["id"] for each in await api.items(f"{here}/unknown")] == [second["id"]]
    assert (await api.ask("POST", f"{here}/pause"))["state"] == "paused"
    await api.ask("POST", f"{here}/pause", status=409)
    assert (await api.ask("POST", f"{here}/resume"))["state"] == "running"
    assert (await api.ask("POST", f"{here}/cancel"))["state"] == CANCELLED
    await api.ask("POST", f"{here}/unknown", {"again": True}, status=409)
