"""What the frame around every page shows: whose hub it is, its rooms, and what waits for me.

The hub knows no business: hub.app says where the company's name and zone come from and what waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from hub.languages import _
from hub.users import ROLES, Role, Viewer

UTC = ZoneInfo("UTC")
TABS = 4  # of a phone, beside Me
GROUPS = (30, 60)  # orders with which a group of rooms begins


def no_numbers(_text: str) -> Sequence[tuple[str, str]]:
    """Find none, where no business is."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whose hub it is. `line` stands under the name in public; `help` is whom to ask about signing in.

    `numbers` finds the telephone numbers in a text, as pairs: E.164, and as people here write it.
    """

    name: str = "Ringback"
    line: str = ""
    help: str = ""
    zone: ZoneInfo = UTC
    numbers: Callable[[str], Sequence[tuple[str, str]]] = no_numbers


@dataclass(frozen=True, slots=True)
class Back:
    """A step back, in front of a page's title."""

    href: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the frame says about its viewer; `counts` is what waits in a room, by the room's address.

    `softphone`: a browser of his can be his telephone.
    """

    department: str = ""
    presence: str = "free"
    presence_words: str = ""
    alarms_open: int = 0
    softphone: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One entry of the navigation, for this role and above. `tab`: the phone's tabs begin with these.

    `name` is a text of the catalogue (N_). `order` also groups: below 30 is the day's work, below 60 what is
    looked at now and then, above that what runs the hub. `within` is the address of the room that this one is
    a part of: it stands on that room's page, with `about` beside it, and in the rail as long as one is there.
    `key` is the letter that leads there after G.
    """

    href: str
    name: str
    icon: str
    order: int
    role: Role = "agent"
    tab: bool = False
    within: str = ""
    about: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEntry:
    """A room as the templates show it; `rooms` are those within, as long as the page is in one of them."""

    href: str
    icon: str
    name: str
    count: int
    current: bool
    tab: bool = False
    group: int = 0
    key: str = ""
    rooms: Sequence[NavEntry] = ()


COMPANY = web.AppKey[Callable[[], Company]]("company")
FRAME = web.AppKey[Callable[[Session, Viewer], Frame]]("frame")
ROOMS: dict[str, Room] = {}


def add_room(room: Room) -> None:
    """Put a room into the navigation; modules with pages do it as they are loaded."""
    ROOMS[room.href] = room


def navigation(viewer: Viewer, path: str, counts: Mapping[str, int]) -> list[NavEntry]:
    """Give the rooms that are open to this viewer, the current one marked."""
    here, rooms = current(path), rooms_for(viewer)
    tabs = sorted(rooms, key=lambda room: not room.tab)[:TABS]
    return [
        replace(
            _entry(room, here, counts), tab=room in tabs,
            count=counts.get(room.href, 0) + sum(counts.get(each.href, 0) for each in within),
            rooms=[_entry(each, here, counts) for each in within] if room.href in here else (),
        )
        for room in rooms
        for within in [rooms_for(viewer, room.href)]
    ]  # fmt: skip


def _entry(room: Room, here: Collection[str], counts: Mapping[str, int]) -> NavEntry:
    return NavEntry(
        href=room.href, icon=room.icon, name=_(room.name), count=counts.get(room.href, 0),
        current=room.href in here, group=sum(room.order >= bound for bound in GROUPS), key=room.key,
    )  # fmt: skip


def way_back(path: str) -> Back | None:
    """Lead from a page to its room, and from a room within another to that one."""
    room = _nearest(path)
    around = ROOMS.get(room.within) if room and path == room.href else room
    return Back(around.href, _(around.name)) if around else None


def rooms_for(viewer: Viewer, within: str = "") -> list[Room]:
    """Give the rooms that are open to this viewer: those of the rail, or those within another."""
    rooms = (room for room in ROOMS.values() if room.within == within and has_role(viewer, room.role))
    return sorted(rooms, key=lambda room: room.order)


def current(path: str) -> set[str]:
    """Give the addresses of the room that a page belongs to, and of the one that is around it."""
    nearest = _nearest(path)
    return {nearest.href, nearest.within} if nearest else set()


def _nearest(path: str) -> Room | None:
    rooms = [room for room in ROOMS.values() if path == room.href or path.startswith(f"{room.href}/")]
    return max(rooms, key=lambda room: len(room.href), default=None)


def has_role(viewer: Viewer, least: Role) -> bool:
    """Tell whether a viewer has this role or a higher one."""
    ranks: tuple[str, ...] = ROLES
    return viewer.role in ranks and ranks.index(viewer.role) >= ranks.index(least)
