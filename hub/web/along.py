"""Fragments that go along with their notice: where whoever hears it would ask for them at once (ADR 0062).

    along("popup", "/popups", "_popups.html", values_of)

The hub asks on behalf of the open page, by the rights of whose it is, and says it in his language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from hub.live import Fragment
from hub.users import Viewer
from hub.web.environment import compile_whole
from hub.web.keys import DB, TEMPLATES

Values = Callable[[Session, Viewer], Mapping[str, object]]


class Along(NamedTuple):
    """A fragment that goes along: with which kind of notice, and where a page asks for it by itself."""

    kind: str
    path: str
    template: str
    values: Values


ALONG: list[Along] = []


def along(kind: str, path: str, template: str, values: Values) -> None:
    """Have a fragment go along with every notice of a kind. `install` adds all that are declared by then."""
    ALONG.append(Along(kind, path, template, values))


def fragments(app: web.Application) -> dict[str, Fragment]:
    """Give what goes along with which kind of notice."""
    return {each.kind: Fragment(each.path, _asked(app, each)) for each in ALONG}


def compile_all(app: web.Application) -> None:
    """Compile what goes along, so that the first ring after a start waits for that as little as any other."""
    for each in ALONG:
        compile_whole(app[TEMPLATES], each.template)


def _asked(app: web.Application, declared: Along) -> Callable[[Viewer], Awaitable[str]]:
    async def ask(viewer: Viewer) -> str:
        values = await app[DB].read(declared.values, viewer)
        return app[TEMPLATES].get_template(declared.template).render(values)

    return ask
