"""The rooms of the house: every declared address that gives a whole page, with a record in it where it needs one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from aiohttp import ClientSession

import hub.app  # noqa: F401 - declares every page
from hub.channels import connector_kinds
from hub.users import Role
from hub.web.pages import PAGES

# Where a record of each kind is found: a page that lists some, and the link to one in it.
LISTS = ("/contacts", "/today?whose=team", "/today", "/journal", "/settings")
# Doors that are no rooms: they lead on, give a part, or belong to nobody.
NO_ROOMS = ("/", "/welcome/{token}")
FILES = re.compile(r"/export\.\w+$")  # of a full house they take a minute
MOST = 40  # pages whose links are followed in one step


class Door(NamedTuple):
    """An address as it is declared, and one that stands for it."""

    declared: str
    path: str

    @property
    def name(self) -> str:
        """What its pictures are called."""
        return re.sub(r"\W+", "-", self.declared).strip("-") or "home"


async def doors(session: ClientSession) -> list[Door]:
    """Give the rooms that whoever asks may enter, each with a record that he finds by himself."""
    connector_kinds()  # whose pages are declared as they are loaded
    links = await _links(session)
    found = []
    for page in PAGES:
        if page.method == "GET" and page.path not in NO_ROOMS and not FILES.search(page.path):
            path = page.path if "{" not in page.path else _one(page.path, links)
            if path and await _is_room(session, path):
                found.append(Door(page.path, path))
    return found


async def _links(session: ClientSession) -> list[str]:
    """Collect the addresses that pages lead to, two steps deep; of pages that are alike, one leads on."""
    seen: dict[str, None] = {}
    near = [
        each.path
        for each in PAGES
        if each.method == "GET" and "{" not in each.path and not FILES.search(each.path)
    ]
    for _step in range(2):
        further = []
        for path in near[:MOST]:
            async with session.get(path) as answer:
                if answer.status == 200 and answer.content_type == "text/html":
                    further += re.findall(r'href="(/[^"#?]+)', await answer.text())
        new = [link for link in dict.fromkeys(further) if link not in seen and not FILES.search(link)]
        seen |= dict.fromkeys(new)
        near = list({re.sub(r"\d+", "0", link): link for link in reversed(new)}.values())[::-1]
    return list(seen)


def _one(declared: str, links: list[str]) -> str:
    """Give the first address that this declaration means."""
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(declared)))
    others = {page.path for page in PAGES}
    return next((link for link in links if pattern.fullmatch(link) and link not in others), "")


async def _is_room(session: ClientSession, path: str) -> bool:
    async with session.get(path, allow_redirects=False) as answer:
        if answer.status != 200 or answer.content_type != "text/html":
            return False
        return (await answer.text()).lstrip().lower().startswith("<!doctype html")


def roles() -> Iterator[Role]:
    """Give the roles, the one with the fewest rights first."""
    yield from ("agent", "head", "manager", "admin")
