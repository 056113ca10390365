"""Wix apps: the whole body is a token signed by Wix (RS256), and in it stand three layers of JSON, one in the other.

https://dev.wix.com/docs/build-apps/develop-your-app/api-integrations/events-and-webhooks/about-webhooks
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from connectors.forms.body import Body, bounded
from connectors.forms.document import Document, opened, part, text, unfolded
from connectors.forms.nesting import Json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import WRONG
from hub.connector import Raw
from hub.events import Field
from hub.said import said

_TOKEN = re.compile(rb"[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
_MADE = {"created", "updated"}
_LARGEST = 64 * 1024  # bytes of a token


class Wix(Sender):
    """An app's webhook; the secret is the app's public key, as its dashboard shows it."""

    name: ClassVar[str] = "wix"
    title: ClassVar[str] = "Wix"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its shape: three parts of letters, with dots between."""
        return len(raw.body) <= _LARGEST and _TOKEN.fullmatch(raw.body) is not None

    def is_named(self, raw: Raw) -> bool:
        """Know it by nothing else: a token is no form."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Check the signature by each of the keys, and that the token has not run out."""
        if not any(_is_by(raw.body, key) for key in secrets):
            return WRONG
        runs_out = _claims(raw.body).get("exp")
        if isinstance(runs_out, int) and runs_out < raw.received_at.timestamp():
            return said("It was signed for a time that is over.")
        return ""

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give what was filled in; that Wix wants somebody forgotten is said to a person, who can do it."""
        envelope = _layer(_claims(raw.body).get("data"))
        event = _layer(envelope.get("data"))
        if event.get("triggeredByAnonymizeRequest") is True:
            words = said("Wix asks that what this person once wrote be erased: submission %(id)s.",
                         id=text(event, "entityId"))  # fmt: skip
            return (Post(body=Body(text=words), key=text(event, "id")),)
        if text(event, "slug") not in _MADE:
            return ()
        return (_sent(event),)


def _sent(event: Document) -> Post:
    entity = _entity(event)
    answers = part(entity, "submissions") or entity
    body = bounded(unfolded(answers))
    if text(event, "slug") == "updated":
        body.remarks.append(said("It was sent before, and changed on the site."))
    if not body.fields:
        body.fields.append(Field("submission", text(event, "entityId")))
        body.remarks.append(said("Wix sent only its number: look it up there."))
    return Post(body=body, key=text(event, "id"), form=text(entity, "formId"))


def _entity(event: Document) -> Document:
    """Give what was made or changed, which older events write as JSON once more."""
    for name in ("createdEvent", "updatedEvent"):
        told = part(event, name)
        found = part(told, "entity") or part(told, "currentEntity")
        written = told.get("entityAsJson") or told.get("currentEntityAsJson")
        if found or written:
            return found or _layer(written)
    return {}


def _layer(written: Json) -> Document:
    """Open what is JSON in a text, or stands there as it is."""
    return written if isinstance(written, dict) else opened(written) if isinstance(written, str) else {}


def _claims(token: bytes) -> Document:
    from joserfc import jws  # noqa: PLC0415 - loads all of cryptography, for the few who have an app of Wix
    from joserfc.errors import JoseError  # noqa: PLC0415

    try:
        return opened(jws.extract_compact(token).payload)
    except (JoseError, ValueError):
        raise ValueError(said("it is no token that can be read")) from None


def _is_by(token: bytes, key: str) -> bool:
    from joserfc import jws  # noqa: PLC0415 - as above
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    try:
        jws.deserialize_compact(token, RSAKey.import_key(_pem(key)), algorithms=["RS256"])
    except (JoseError, ValueError, TypeError, msgspec.DecodeError):
        return False
    return True


def _pem(key: str) -> str:
    """Give a key as it stands in a file: pasted into one line it lost its line breaks."""
    inner = re.sub(r"-----[A-Z ]+-----|\s|\\n", "", key)
    return f"-----BEGIN PUBLIC KEY-----\n{inner}\n-----END PUBLIC KEY-----\n"
