"""Deals, pipelines and prices over the API."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.crm.web.conftest import Api, Json, Person

GLASS = {"code": "W-3", "name": "Window, three panes", "unit": "pc", "price": 1_250_000, "tax": 2_500}


@pytest.fixture
async def karin(api: Api) -> int:
    """Give a contact of the window company, which sells windows."""
    await api.ask("POST", "/products", GLASS, status=201)
    made = await api.ask("POST", "/contacts", {"name": "Karin Ekdahl", "handles": [
        {"kind": "phone", "value": "070-174 06 12"}]}, status=201)  # fmt: skip
    return int(str(made["id"]))


async def listed(api: Api, path: str) -> list[Json]:
    """Give a list that comes without pages."""
    return cast("list[Json]", await api.ask("GET", path))


async def stages_of(api: Api) -> dict[str, int]:
    """Give the stages by their names."""
    (pipeline,) = await listed(api, "/pipelines")
    assert await api.ask("GET", f"/pipelines/{pipeline['id']}") == pipeline
    return {
        str(stage["name"]): int(stage["id"]) for stage in cast("list[dict[str, int]]", pipeline["stages"])
    }


async def opened(api: Api, contact: int, **values: object) -> Json:
    """Open a deal."""
    return await api.ask(
        "POST", "/deals", {"contact": contact, "title": "Seven windows", **values}, status=201
    )


async def test_a_sale_from_the_first_request_to_the_end(api: Api, karin: int) -> None:
    stages = await stages_of(api)
    (product,) = await api.items("/products?code=W-3")
    deal = await opened(api, karin, source="Website", fields={"floor": 3})
    assert (deal["stage"], deal["value"], deal["won_at"]) == (stages["Request"], 0, None)
    path = f"/deals/{deal['id']}"
    told = await api.ask("POST", f"{path}/move", {"stage": stages["Agreed"]}, status=409)
    assert told["detail"] == "Not before this is filled in: Lines, Expected on"
    sold = [
        {"product": product["id"], "quantity": 7_000, "discount": 1_000},
        {"name": "Scaffold", "price": 400_000},
    ]
    lines = await api.ask("PUT", f"{path}/lines", {"lines": sold})
    assert (lines["net"], lines["gross"]) == (8_275_000, 8_275_000 + 1_968_750)
    assert lines["taxes"] == [{"rate": 0, "sum": 0}, {"rate": 2_500, "sum": 1_968_750}]
    await api.ask(
        "PATCH", path, {"expected_on": "2026-12-24", "fields": {"measurements": "120 by 140", "floor": None}}
    )
    moved = await api.ask("POST", f"{path}/move", {"stage": stages["Agreed"], "why": "Sent today"})
    assert (moved["value"], moved["fields"]) == (8_275_000, {"measurements": "120 by 140"})
    won = await api.ask("POST", f"{path}/move", {"stage": stages["Installed"]})
    assert won["won_at"] is not None
    moves = await listed(api, f"{path}/moves")
    assert [(each["from"], each["to"], each["why"]) for each in moves] == [
        (None, stages["Request"], ""), (stages["Request"], stages["Agreed"], "Sent today"),
        (stages["Agreed"], stages["Installed"], ""),
    ]  # fmt: skip
    assert await api.items("/deals?open=true") == []
    assert await api.items(f"/deals?open=false&contact={karin}&pipeline=1&stage={stages['Installed']}") == [
        won
    ]


async def test_a_deal_is_lost_for_a_reason(api: Api, karin: int) -> None:
    deal = await opened(api, karin)
    told = await api.ask("POST", f"/deals/{deal['id']}/move", {"stage": 8}, status=409)
    assert told["detail"] == "Say why it is lost"
    reason = (await listed(api, "/lost-reasons"))[0]
    lost = await api.ask(
        "POST", f"/deals/{deal['id']}/move", {"stage": 8, "lost_reason": reason["id"], "why": "By half"}
    )
    assert (lost["lost_reason"], lost["lost_why"]) == ("Too dear", "By half")
    again = await api.ask("POST", f"/deals/{deal['id']}/move", {"stage": 1})
    assert (again["lost_at"], again["lost_reason"]) == (None, None)


async def test_whoever_moves_what_has_moved_is_told(api: Api, karin: int) -> None:
    deal = await opened(api, karin)
    await api.ask("POST", f"/deals/{deal['id']}/move", {"stage": 2, "was": 1})
    told = await api.ask("POST", f"/deals/{deal['id']}/move", {"stage": 4, "was": 1}, status=409)
    assert "moved it to “Called” meanwhile" in str(told["detail"])


async def test_a_deal_that_was_changed_meanwhile_is_not_changed_over(api: Api, karin: int) -> None:
    deal = await opened(api, karin)
    path = f"/deals/{deal['id']}"
    await api.ask("GET", path)
    tag = api.etag
    await api.ask("PATCH", path, {"title": "Eight windows"})
    for method, at, body in (
        ("PATCH", path, {"title": "Nine windows"}), ("POST", f"{path}/move", {"stage": 2}),
        ("PUT", f"{path}/lines", {"lines": []}),
    ):  # fmt: skip
        await api.ask(method, at, body, status=412, if_match=tag)
    assert (await api.ask("GET", path))["title"] == "Eight windows"


async def test_a_request_that_is_sent_twice_opens_one_deal(api: Api, karin: int) -> None:
    body = {"contact": karin, "title": "Seven windows", "lines": [{"name": "Window", "price": 100}]}
    headers = {**api.headers, "Idempotency-Key": "seven-windows-of-karin"}

    async def send() -> int:
        async with api.client.post("/api/v1/deals", json=body, headers=headers) as answer:
            return answer.status

    assert set(await asyncio.gather(send(), send())) <= {201, 409}
    assert await send() == 201
    (deal,) = await api.items("/deals")
    assert deal["value"] == 100


async def test_who_else_has_to_do_with_it(api: Api, karin: int) -> None:
    deal = await opened(api, karin)
    bo = await api.ask("POST", "/contacts", {"name": "Bo Ek"}, status=201)
    parts = {"parts": [{"contact": bo["id"], "role": "Landlord"}]}
    assert await api.ask("PUT", f"/deals/{deal['id']}/parts", parts) == parts
    assert await api.ask("GET", f"/deals/{deal['id']}/parts") == parts


async def test_it_is_given_to_somebody_and_found_by_whose_it_is(api: Api, karin: int, person: Person) -> None:
    elin = await person("Elin Sandgren", "agent", "Sales")
    (colleague,) = await api.items("/users")
    deal = await opened(api, karin)
    assert await elin.items("/deals") == []
    await elin.ask("GET", f"/deals/{deal['id']}", status=404)
    given = await api.ask(
        "PATCH", f"/deals/{deal['id']}", {"responsible": colleague["id"], "department": "Sales"}
    )
    assert (given["responsible"], given["department"]) == (colleague["id"], "Sales")
    for path in ("/deals?responsible=me", f"/deals?responsible={colleague['id']}"):
        assert await elin.items(path) == [given]
    assert [each["id"] for each in await elin.items("/contacts")] == [karin]
    await api.ask("PATCH", f"/deals/{deal['id']}", {"responsible": None})
    assert len(await api.items("/deals?responsible=none")) == 1


async def test_the_price_list_is_kept_by_those_who_see_all(api: Api, karin: int, person: Person) -> None:
    assert karin
    new = {"code": "D-1", "name": "Door", "price": 900_000, "tax": 2_500}
    made = await api.ask("POST", "/products", new, status=201)
    assert made["currency"] == "SEK"
    elin = await person("Elin Sandgren", "agent", "Sales")
    await elin.ask("POST", "/products", {**new, "code": "D-2"}, status=403)
    changed = await api.ask("PATCH", f"/products/{made['id']}", {"price": 1, "retired": True})
    assert (changed["price"], changed["name"]) == (1, "Door")
    assert [each["code"] for each in await elin.items("/products")] == ["W-3"]
    assert [each["code"] for each in await elin.items("/products?retired=true")] == ["D-1", "W-3"]
    told = await api.ask("POST", "/products", new, status=409)
    assert "on the price list already" in str(told["detail"])


@pytest.mark.parametrize(
    "body",
    [
        {"title": "A door"}, {"contact": 1, "title": ""}, {"contact": 1, "title": "A", "currency": "kr"},
        {"contact": 1, "title": "A", "value": -1}, {"contact": 1, "title": "A", "value": 1.5},
        {"contact": 1, "title": "A", "expected_on": "soon"}, {"contact": 1, "title": "A", "lines": [{"quantity": 0}]},
    ],
)  # fmt: skip
async def test_what_is_no_deal_is_told_field_by_field(api: Api, karin: int, body: Json) -> None:
    assert karin
    told = await api.ask("POST", "/deals", body, status=422)
    assert told["errors"]
    assert await api.items("/deals") == []


async def test_lines_that_cannot_be_sold_open_no_deal(api: Api, karin: int) -> None:
    body = {"contact": karin, "title": "Seven windows", "lines": [{"name": "Window"}]}
    told = await api.ask("POST", "/deals", body, status=409)
    assert told["detail"] == "Line 1: say what one costs"
    assert [each["pointer"] for each in told["errors"]] == ["/lines/0"]
    assert await api.items("/deals") == []
