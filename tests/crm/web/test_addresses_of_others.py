"""Addresses of other services at which the hub answers as they do: 1C's exchange with a site, and HubSpot's."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from tests.crm.web.conftest import Api
from tests.eventually import eventually

WIRE = Path(__file__).parents[2] / "wire" / "forms"


def body(name: str) -> bytes:
    return (WIRE / f"{name}.http").read_bytes().partition(b"\r\n\r\n")[2]


@pytest.fixture
async def intake(api: Api) -> str:
    """Give the address of the website's form."""
    forms = await api.items("/forms")
    return str(next(form for form in forms if form["name"] == "website")["intake"])


async def names(api: Api) -> list[object]:
    return [contact["name"] for contact in await api.items("/contacts")]


async def test_1c_shakes_hands_and_its_orders_become_cards(api: Api, client: TestClient, intake: str) -> None:
    for mode, words in (("checkauth", "success\n"), ("init", "zip=yes\n"), ("query", "<?xml")):
        async with client.get(f"{intake}?type=sale&mode={mode}") as answer:
            assert answer.status == 200
            assert (await answer.text()).startswith(words)
    async with client.post(
        f"{intake}?type=sale&mode=file&filename=a.zip", data=body("commerceml-zip")
    ) as answer:
        assert (answer.status, await answer.text()) == (200, "success\n")

    async def both() -> bool:
        known = await names(api)
        return "Анна Крылова" in known and len(known) == 2

    await eventually(both, 15)


async def test_a_site_that_was_wired_to_hubspot_is_answered_as_there(
    api: Api, client: TestClient, intake: str
) -> None:
    below = "/submissions/v3/integration/submit/62515/78c2891f"
    headers = {"Content-Type": "application/json"}
    async with client.post(intake + below, data=body("hubspot-v3"), headers=headers) as answer:
        assert "inlineMessage" in await answer.json()

    async def there() -> bool:
        return "Lena Berg" in await names(api)

    await eventually(there, 15)


async def test_a_look_at_the_address_is_still_no_post(client: TestClient, intake: str) -> None:
    for query in ("", "?type=catalog&mode=checkauth", "?type=sale"):
        async with client.get(intake + query) as answer:
            assert answer.status == 405
