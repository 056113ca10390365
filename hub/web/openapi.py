"""The API's own description, OpenAPI 3.1, made from what the endpoints declare.

Every status that an endpoint can answer is in it. Types of what is sent say as much as is checked: text
without NUL, whole numbers of 64 bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from itertools import chain
from typing import cast

import msgspec
from aiohttp import web

from hub import __version__
from hub.web import idempotency, problems
from hub.web.api import ENDPOINTS, ROOT, Endpoint
from hub.web.decoding import LARGEST, SMALLEST
from hub.web.pages import LARGEST_ID, page, render
from hub.web.problems import ProblemDocument

Schema = dict[str, object]

REF = "#/components/schemas/{name}"
WITHOUT_NUL = "^[^\\u0000]*$"
ALWAYS = frozenset({401, 403, 422, 500, 503})
WITH_BODY = frozenset({400, 408, 413, 415})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ID = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any text of your own; the same POST with the same key within a day is done once",
    "schema": {"type": "string", "pattern": idempotency.KEY},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag that you have seen; the change is refused with 412 when it is no longer so",
    "schema": {"type": "string"},
}
INTRODUCTION = (
    "Times are RFC 3339 in UTC. Lists come in pages: follow `next` with `cursor`. Errors are problem "
    "documents (RFC 9457). Send an Idempotency-Key with a POST that may be sent again, and If-Match with a "
    "change that must not undo another."
)


async def document(_request: web.Request) -> web.Response:
    """Serve the description."""
    return web.Response(
        body=_written(tuple(ENDPOINTS)),
        content_type="application/json",
        headers={"Cache-Control": "no-cache"},
    )


@page("GET", "/api/docs")
async def docs(request: web.Request) -> web.StreamResponse:
    """Show the page on which the API can be read and tried."""
    return await render(request, "docs.html", title="API", sub="")


def describe(endpoints: Sequence[Endpoint]) -> Schema:
    """Write the whole document."""
    types = [
        kind for declared in endpoints for kind in (declared.query, declared.body, declared.returns) if kind
    ]
    shown, components = msgspec.json.schema_components([*types, ProblemDocument], ref_template=REF)
    schemas = dict(zip(map(id, types), shown, strict=False))
    told: set[str] = set()
    for kind in {declared.body for declared in endpoints if declared.body}:
        _narrow(components, schemas[id(kind)], told)
    queries = {_name(schemas[id(declared.query)]) for declared in endpoints if declared.query}
    paths: dict[str, dict[str, Schema]] = {}
    for declared in sorted(endpoints, key=lambda each: each.path):
        operation = _operation(declared, schemas, components)
        paths.setdefault(ROOT + declared.path, {})[declared.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringback",
            "version": __version__,
            "description": INTRODUCTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in queries},
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY, "IfMatch": IF_MATCH},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "console": {"type": "apiKey", "in": "cookie", "name": "ringback"},
            },
        },
        "security": [{"token": []}, {"console": []}],
    }


@lru_cache(maxsize=1)
def _written(endpoints: tuple[Endpoint, ...]) -> bytes:
    return msgspec.json.encode(describe(endpoints))


def _operation(declared: Endpoint, schemas: Mapping[int, Schema], components: Mapping[str, Schema]) -> Schema:
    resource = declared.path.split("/")[1]
    operation: Schema = {
        "operationId": re.sub(r"[^a-z]+", "_", f"{declared.method}{declared.path}".lower()).rstrip("_"),
        "summary": declared.summary,
        "tags": [resource],
        "description": _description(declared),
        "parameters": [*_path_parameters(declared), *_query_parameters(declared, schemas, components)],
        "responses": _responses(declared, schemas),
    }
    if declared.body is not None:
        content = {"application/json": {"schema": schemas[id(declared.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(declared: Endpoint) -> Iterable[Schema]:
    for name in re.findall(r"\{(\w+)", declared.path):
        yield {"name": name, "in": "path", "required": True, "schema": ID}


def _query_parameters(
    declared: Endpoint, schemas: Mapping[int, Schema], components: Mapping[str, Schema]
) -> Iterable[Schema]:
    """Take the query struct apart: a parameter that is left out has no other way to be null."""
    if declared.query is None:
        return
    schema = components[_name(schemas[id(declared.query)])]
    required = cast("list[str]", schema.get("required", []))
    for name, value in cast("dict[str, Schema]", schema["properties"]).items():
        arms = [arm for arm in cast("list[Schema]", value.get("anyOf", [value])) if arm.get("type") != "null"]
        inner = {
            **(arms[0] if len(arms) == 1 else {"anyOf": arms}),
            **{key: value[key] for key in ("pattern", "default") if value.get(key) is not None},
        }
        described = {"description": value["description"]} if "description" in value else {}
        _bound(inner)
        yield {"name": name, "in": "query", "required": name in required, "schema": inner, **described}


def _description(declared: Endpoint) -> str:
    """Say what an endpoint needs and honours; a header that only a former answer can fill is no parameter."""
    words = f"Scope: {declared.scope}"
    if declared.method == "POST":
        words += " Honours `Idempotency-Key`."
    elif declared.method in UNSAFE and declared.etag is not None:
        words += " Honours `If-Match`."
    return words


def _responses(declared: Endpoint, schemas: Mapping[int, Schema]) -> Schema:
    good: Schema = {"description": HTTPStatus(declared.status).phrase}
    if declared.returns is bytes:
        good["content"] = {"*/*": {}}
    elif declared.returns is not None:
        good["content"] = {"application/json": {"schema": schemas[id(declared.returns)]}}
    if declared.etag is not None:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    responses: Schema = {str(declared.status): good}
    if declared.method == "GET" and declared.etag is not None:
        responses["304"] = {"description": "Not changed"}
    content = {problems.CONTENT_TYPE: {"schema": {"$ref": REF.format(name="ProblemDocument")}}}
    for status in sorted(_refusals(declared)):
        responses[str(status)] = {"description": problems.phrase(status), "content": content}
    return responses


def _refusals(declared: Endpoint) -> set[int]:
    statuses = {*ALWAYS, *declared.errors}
    if declared.body is not None:
        statuses |= WITH_BODY
    if declared.query is not None or declared.method == "POST":
        statuses.add(400)
    if "{" in declared.path:
        statuses.add(404)
    if declared.method in UNSAFE:
        statuses.add(409)
        if declared.etag is not None:
            statuses.add(412)
    return statuses


def _name(schema: Mapping[str, object]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _narrow(components: Mapping[str, Schema], schema: Schema, told: set[str]) -> None:
    """Say what is checked beyond the types, in what is sent and in everything inside it."""
    name = _name(schema)
    if name and name not in told:
        told.add(name)
        _narrow(components, components[name], told)
    _bound(schema)
    for keyword, inner in schema.items():
        parts = inner.values() if keyword == "properties" and isinstance(inner, dict) else [inner]
        for part in chain.from_iterable(part if isinstance(part, list) else [part] for part in parts):
            if isinstance(part, dict):
                _narrow(components, part, told)


def _bound(schema: Schema) -> None:
    if isinstance(schema.get("propertyNames"), dict):
        cast("Schema", schema["propertyNames"]).setdefault("type", "string")
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum"}:
        schema["pattern"] = WITHOUT_NUL
    if schema.get("type") == "integer":
        schema.setdefault("minimum", SMALLEST)
        schema.setdefault("maximum", LARGEST)
