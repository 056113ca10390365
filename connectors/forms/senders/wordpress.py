"""Our own plug-in for WordPress, `connectors/forms/wordpress/`: forms and orders in its one shape.

It signs by Standard Webhooks. What does not read as that shape is read as anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

from connectors.forms.answers import Meaning
from connectors.forms.body import Body, bounded
from connectors.forms.post import Post
from connectors.forms.senders.generic import GENERIC
from connectors.forms.senders.standard_webhooks import StandardWebhooks
from connectors.forms.senders.wordpress_order import Ordered, answers_of, order_of
from hub.connector import Raw

# What the form plug-ins call the kinds of their fields.
MEANT: dict[str, Meaning] = {
    "name": "name", "email": "email", "tel": "phone", "phone": "phone", "textarea": "message",
    "hidden": "nothing", "consent": "nothing", "acceptance": "nothing", "gdpr-checkbox": "nothing",
}  # fmt: skip


class Answered(msgspec.Struct, frozen=True):
    """One answer: a text, or several ticks."""

    value: str | list[str]
    name: str = ""
    label: str = ""
    type: str = ""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.label or self.name


class Form(msgspec.Struct, frozen=True):
    """The form, and the plug-in that it is of."""

    title: str = ""


class Origin(msgspec.Struct, frozen=True):
    """Where the visitor was: addresses, and marks such as utm_source."""

    page: str = ""
    referrer: str = ""
    landing: str = ""
    marks: dict[str, str] = {}


class Site(msgspec.Struct, frozen=True):
    """The site."""

    url: str = ""


class Sent(msgspec.Struct, frozen=True):
    """A whole body; `id` is the row's in the queue of the site."""

    kind: str
    id: str
    site: Site = Site()
    form: Form = Form()
    origin: Origin = Origin()
    fields: list[Answered] = []
    order: Ordered | None = None


_DECODER = msgspec.json.Decoder(Sent)


class WordPress(StandardWebhooks):
    """A site with our plug-in. Its test is signed as everything is, so that a wrong secret shows."""

    name: ClassVar[str] = "wordpress"
    title: ClassVar[str] = "WordPress"
    queues: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its own header."""
        return raw.headers.get("ringback-plugin", "").startswith("wordpress/")

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the form or the order; nothing for a test."""
        try:
            sent = _DECODER.decode(raw.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return GENERIC.read(raw)
        if sent.kind == "test":
            return ()
        if sent.order is None:
            return (_form(sent),)
        return (_order(sent, sent.order),)


def _form(sent: Sent) -> Post:
    known = {
        field.called.casefold().strip(): MEANT[field.type] for field in sent.fields if field.type in MEANT
    }
    return Post(body=_body(sent, _answers(sent)), key=sent.id, known=known, form=sent.form.title)


def _order(sent: Sent, ordered: Ordered) -> Post:
    """Give an order a key of its own: it is one, however often the site tells of it. A host may have several shops."""
    site = urlsplit(sent.site.url)
    shop = f"{site.netloc}{site.path.rstrip('/')}"
    answers, known = answers_of(ordered)
    return Post(
        body=_body(sent, answers),
        key=f"order {shop} {ordered.id}",
        known=known,
        form=sent.form.title,
        order=order_of(ordered),
    )


def _body(sent: Sent, answers: Sequence[tuple[str, str]]) -> Body:
    return bounded([*answers, *_origin(sent.origin)])


def _answers(sent: Sent) -> list[tuple[str, str]]:
    return [
        (field.called, value)
        for field in sent.fields
        for value in ([field.value] if isinstance(field.value, str) else field.value)
    ]


def _origin(origin: Origin) -> Iterator[tuple[str, str]]:
    named = {"page_url": origin.page, "referrer": origin.referrer, "landing_page": origin.landing}
    yield from ((name, address) for name, address in named.items() if address)
    yield from origin.marks.items()
