"""The API's description is valid, complete and true."""

from __future__ import annotations

import json

from openapi_spec_validator import validate

from hub.web.api import ENDPOINTS, ROOT
from hub.web.openapi import describe
from tests.hub.web.conftest import SignIn, Visitor


async def test_it_is_served_and_valid(visitor: Visitor) -> None:
    answer = await visitor.get("/api/openapi.json")
    assert answer.content_type == "application/json"
    validate(await answer.json())


def test_every_endpoint_is_in_it_with_all_its_answers() -> None:
    paths = json.loads(json.dumps(describe(ENDPOINTS)["paths"]))
    for declared in ENDPOINTS:
        responses = paths[ROOT + declared.path][declared.method.lower()]["responses"]
        assert {str(declared.status), "401", "403", "422"} <= responses.keys()
        assert ("404" in responses) is ("{" in declared.path)


def test_parameters_say_what_is_checked() -> None:
    listed = json.loads(json.dumps(describe(ENDPOINTS)))["paths"]["/api/v1/journal"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in listed}
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 200)
    assert schemas["channel"]["pattern"] == "^[^\\u0000]*$"
    assert set(schemas["state"]["enum"]) == {"waiting", "done", "set-aside", "failed"}


async def test_the_page_to_try_it_is_for_who_is_signed_in(visitor: Visitor, sign_in: SignIn) -> None:
    assert (await visitor.get("/api/docs", allow_redirects=False)).status == 303
    await sign_in("agent")
    page = await visitor.get("/api/docs")
    assert page.status == 200
    assert "/api/openapi.json" in await page.text()
