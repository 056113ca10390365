"""Lists, consents and suppressions as programs send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from crm import consents, mailing_lists
from crm.web.api_shapes import Id
from hub.web.decoding import Body
from hub.web.paging import Paging

Address = Annotated[str, Meta(min_length=3, max_length=320)]
Kind = Annotated[Literal["mail", "telegram", "whatsapp"], Meta(description="What the address is")]
Sort = Annotated[
    Literal["mail", "telegram", "whatsapp"],
    Meta(description="Only addresses of this kind; one that is named is mail"),
]
Called = Annotated[str, Meta(min_length=1, max_length=mailing_lists.NAME)]
Meaning = Annotated[str, Meta(min_length=1, max_length=mailing_lists.WORDS)]
About = Annotated[str, Meta(max_length=mailing_lists.WORDS)]
Joining = Annotated[str, Meta(max_length=mailing_lists.LONGEST_WORD)]
Words = Annotated[str, Meta(min_length=3, max_length=consents.WORDS)]


class ListIn(Body, frozen=True, kw_only=True):
    """A new list; `words` are what somebody agrees to, `word` by what he joins it in a messenger ("": not at all).

    A `public` one stands on the page of everybody who gets letters, for him to choose.
    """

    name: Called
    words: Meaning
    about: About = ""
    language: Literal["en", "sv"] = "en"
    confirms: bool = True
    public: bool = False
    word: Joining = ""


class ListQuery(Paging, frozen=True, kw_only=True):
    """Which lists."""

    retired: Annotated[bool, Meta(description="Also those by which nobody is written to any more")] = False


class ListPatch(Body, frozen=True, kw_only=True):
    """What a list is to be from now on; what is left out stays. With `retired` nobody is written to by it, or again.

    Who agreed before agreed to the `words` of then: the ledger keeps those.
    """

    name: Called | UnsetType = UNSET
    words: Meaning | UnsetType = UNSET
    about: About | UnsetType = UNSET
    language: Literal["en", "sv"] | UnsetType = UNSET
    confirms: bool | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    word: Joining | UnsetType = UNSET
    retired: bool | UnsetType = UNSET


class JoinOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where one joins a list by a channel; `href` is empty as long as nobody knows what the channel is called there."""

    channel: int
    kind: str
    href: str


class ListOut(msgspec.Struct, frozen=True, kw_only=True):
    """A list; `confirms`: an address counts once whoever reads it has confirmed that.

    By Telegram and WhatsApp one joins it by writing `joins`, or by `links`; both are empty where it has no `word`.
    """

    id: int
    name: str
    about: str
    words: str
    language: str
    confirms: bool
    public: bool
    word: str
    joins: str
    links: list[JoinOut]
    retired_at: datetime | None


class ConsentQuery(Paging, frozen=True, kw_only=True):
    """Which lines of the ledger."""

    list: Annotated[Id | None, Meta(description="Of this list")] = None
    address: Annotated[Address | None, Meta(description="Of this address")] = None
    kind: Sort | None = None


class ConsentIn(Body, frozen=True, kw_only=True):
    """Somebody agreed, or took it back.

    `words` are what he agreed to or said, `place` where, `network` his network address. `proved`: you have made sure
    yourself that the address is his; else a list that confirms sends him a letter. `kind` is what the address is: by a
    messenger it is how that knows him, who has to be on a card.
    """

    list: Id
    address: Address
    kind: Kind = "mail"
    state: Literal["given", "withdrawn"]
    words: Words
    place: Annotated[str, Meta(max_length=consents.PLACE)] = ""
    network: Annotated[str, Meta(max_length=consents.ADDRESS)] = ""
    proved: bool = False


class ConsentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger; `state` is asked, given or withdrawn, and the newest of an address and a list holds."""

    id: int
    list: int
    kind: str
    address: str
    state: str
    ground: str
    source: str
    place: str
    words: str
    network: str
    contact: int | None
    campaign: int | None
    by: int | None
    at: datetime


class SuppressionQuery(Paging, frozen=True, kw_only=True):
    """Which of those that are not written to."""

    address: Annotated[Address | None, Meta(description="Only this address")] = None
    kind: Sort | None = None


class SuppressionIn(Body, frozen=True, kw_only=True):
    """An address that is not written to any more; without `list` nothing at all goes there.

    `kind` is what the address is: by a messenger it is how that knows him, who has to be on a card.
    """

    address: Address
    kind: Kind = "mail"
    words: Words
    list: Id | None = None


class LiftIn(Body, frozen=True, kw_only=True):
    """Why an address may be written to again."""

    why: Words


class SuppressionOut(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is not written to: on a list, or with null nothing at all."""

    id: int
    kind: str
    address: str
    list: int | None
    reason: str
    words: str
    at: datetime
