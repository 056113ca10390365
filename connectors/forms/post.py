"""A post as one sender means it, before anybody asks what its answers are."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connectors.forms.answers import Meaning
from connectors.forms.body import Body
from hub.orders import Order


class Post(msgspec.Struct, kw_only=True):
    """What came, in the sender's own words.

    `body` holds the answers under labels that people can read, and what came along. `key` is the sender's own id of the
    request, "" where it has none: then equal answers within ten minutes are one. `number` is what its counter says
    instead, which begins anew when a site does: only with the same answers is it the same request. `known` gives what
    the sender itself says that a label means, by its case-folded label; the owner's map wins over it. `form` is what
    the sender calls the form.
    """

    body: Body
    key: str = ""
    number: str = ""
    known: Mapping[str, Meaning] = {}
    form: str = ""
    order: Order | None = None
