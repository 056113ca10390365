"""Meta's web hooks: how an address is verified, how what comes is proven, and what one post is made of.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started. A post may hold up to a thousand things of
many chats. Each becomes an item of its own, by its own key and in its chat's order, so that one in trouble holds up
nobody else. Meta escapes what is no ASCII in the bytes that it signs, so they are compared as they came.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qs

from msgspec import structs

from connectors.forms.proof import doubt_signature, hmac_sha256
from connectors.forms.reply import unproven
from connectors.meta.graph import Graph
from connectors.meta.settings import MetaSettings
from connectors.meta.told import LARGEST, Told, read_told
from hub.connector import Answer, Connector, Doubt, Raw
from hub.events import Event
from hub.languages import _
from hub.parting import KEY, STREAM
from hub.said import said

SIGNATURE = "x-hub-signature-256"
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)
_PLAIN: Mapping[str, str] = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store",
                             "X-Content-Type-Options": "nosniff"}  # fmt: skip


class Thing(NamedTuple):
    """One thing of a post: its key, its chat ("" where its order does not matter), and itself as a post of its own."""

    key: str
    stream: str
    told: Told


class MetaConnector(Connector):
    """A channel to which Meta posts. Each kind says what its posts are made of."""

    settings_type: ClassVar[type[MetaSettings]] = MetaSettings
    settings: MetaSettings

    def __init__(self, channel: str, token: str, settings: MetaSettings) -> None:
        """Know the secrets; connect to nothing yet."""
        super().__init__(channel, token, settings)
        self.graph = Graph(settings)
        self._secrets = [each for each in (settings.app_secret, settings.earlier_app_secret) if each]

    def things(self, told: Told) -> Sequence[Thing]:
        """Give what a post is made of."""
        raise NotImplementedError

    def understood(self, thing: Thing) -> Sequence[Event]:
        """Give what one thing means; ValueError for what is not this channel's."""
        raise NotImplementedError

    def read(self, raw: Raw) -> Sequence[Event]:
        """Give what happened, one thing after the other."""
        return [event for thing in self.things(read_told(raw.body)) for event in self.understood(thing)]

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give each thing as a post of its own, where there are several."""
        things = self.things(read_told(raw.body))
        return [_part(raw, thing) for thing in things] if len(things) > 1 else ()

    def key(self, raw: Raw) -> str:
        """Give what makes it unique: the same thing alone and in a batch, or sent again, is one."""
        things = self._seen(raw)
        return things[0].key if len(things) == 1 else f"post {sha256(raw.body).hexdigest()}"

    def stream(self, raw: Raw) -> str:
        """Give the chat whose order it belongs to."""
        things = self._seen(raw)
        return things[0].stream if len(things) == 1 else ""

    def asks(self, raw: Raw) -> bool:
        """Tell whether Meta asks whether this address is ours."""
        return "hub.mode" in _query(raw)

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what Meta never posts; answer its question, which is nothing to keep."""
        if raw.headers.get(":method") == "GET":
            return self._verified(_query(raw))
        if len(raw.body) > LARGEST:
            return Answer(status=413, headers=_PLAIN, body=_("Meta sends 3 MB at most.").encode())
        return (
            None if raw.body.strip() else Answer(status=400, headers=_PLAIN, body=_("It is empty.").encode())
        )

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why a post is not proven to be Meta's, None where it is."""
        sent = raw.headers.get(SIGNATURE, "").strip().encode()
        right = [b"sha256=" + hmac_sha256(secret, raw.body).hex().encode() for secret in self._secrets]
        why = (
            doubt_signature([sent], right)
            if right
            else said("No app secret is set up: nothing can be proven.")
        )
        return Doubt(why, unproven(why, is_kept=True), unproven(why, is_kept=False)) if why else None

    def answer(self, raw: Raw) -> Answer:
        """Say that it was taken."""
        del raw
        return Answer(status=200, headers=_PLAIN, body=b"EVENT_RECEIVED")

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser post."""
        del headers
        return {}

    def _verified(self, query: Mapping[str, str]) -> Answer:
        right = self.settings.verify_token or self.token
        is_known = hmac.compare_digest(query.get("hub.verify_token", "").encode(), right.encode())
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") == "subscribe" and is_known and _CHALLENGE.fullmatch(challenge):
            return Answer(status=200, headers=_PLAIN, body=challenge.encode())
        return Answer(status=403, headers=_PLAIN, body=_("The verify token is another one.").encode())

    def _seen(self, raw: Raw) -> Sequence[Thing]:
        """Give what a post is made of; nothing for what cannot be read, which is kept all the same."""
        try:
            return self.things(read_told(raw.body))
        except ValueError:
            return ()


def digest(told: object) -> str:
    """Give what makes one thing unique that has no id."""
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _part(raw: Raw, thing: Thing) -> Raw:
    stream = {STREAM: thing.stream} if thing.stream else {}
    body = json.dumps(thing.told, separators=(",", ":")).encode()
    return structs.replace(raw, body=body, headers={**raw.headers, KEY: thing.key, **stream})


def _query(raw: Raw) -> Mapping[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(raw.headers.get(":query", "")).items()}
    except ValueError:
        return {}
