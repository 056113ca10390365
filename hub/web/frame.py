"""What the frame around every page shows: whose hub it is, its rooms, and what waits for me.

The hub knows no business: hub.app says where the company's name and zone come from and what waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from hub.languages import _
from hub.users import ROLES, Role, Viewer

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whose hub it is. `line` stands under the name in public; `help` is whom to ask about signing in."""

    name: str = "Ringback"
    line: str = ""
    help: str = ""
    zone: ZoneInfo = UTC


@dataclass(frozen=True, slots=True)
class Back:
    """A step back, in front of a page's title."""

    href: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the frame says about its viewer; `counts` is what waits in a room, by the room's address."""

    department: str = ""
    presence: str = "free"
    presence_words: str = "Free"
    alarms_open: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One entry of the navigation, for this role and above. `tab`: also one of the tabs of a phone.

    `name` is a text of the catalogue (N_). `within` is the address of the room that this one is a part of: it
    stands on that room's page, with `about` beside it, and not in the rail.
    """

    href: str
    name: str
    icon: str
    order: int
    role: Role = "agent"
    tab: bool = False
    within: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A room as the templates show it."""

    href: str
    icon: str
    name: str
    count: int
    current: bool
    tab: bool


COMPANY = web.AppKey[Callable[[], Company]]("company")
FRAME = web.AppKey[Callable[[Session, Viewer], Frame]]("frame")
ROOMS: dict[str, Room] = {}


def add_room(room: Room) -> None:
    """Put a room into the navigation; modules with pages do it as they are loaded."""
    ROOMS[room.href] = room


def navigation(viewer: Viewer, path: str, counts: Mapping[str, int]) -> list[NavEntry]:
    """Give the rooms that are open to this viewer, the current one marked."""
    here = current(path)
    return [
        NavEntry(room.href, room.icon, _(room.name), counts.get(room.href, 0), room.href in here, room.tab)
        for room in rooms_for(viewer)
    ]


def rooms_for(viewer: Viewer, within: str = "") -> list[Room]:
    """Give the rooms that are open to this viewer: those of the rail, or those within another."""
    rooms = (room for room in ROOMS.values() if room.within == within and has_role(viewer, room.role))
    return sorted(rooms, key=lambda room: room.order)


def current(path: str) -> set[str]:
    """Give the addresses of the room that a page belongs to, and of the one that is around it."""
    rooms = [room for room in ROOMS.values() if path == room.href or path.startswith(f"{room.href}/")]
    nearest = max(rooms, key=lambda room: len(room.href), default=None)
    return {nearest.href, nearest.within} if nearest else set()


def has_role(viewer: Viewer, least: Role) -> bool:
    """Tell whether a viewer has this role or a higher one."""
    ranks: tuple[str, ...] = ROLES
    return viewer.role in ranks and ranks.index(viewer.role) >= ranks.index(least)
