"""An opened body sorted out: inputs meant for us, where the visitor came from, and the answers themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from connectors.forms.body import Body
from connectors.forms.post import Post
from hub.events import Field, File

RESERVED = frozenset({"_next", "_subject", "_gotcha", "_nonce", "_ts", "_charset_", "_proof"})

_NONCE = 100
_KEY = 200
_ORIGIN = re.compile(
    r"utm_\w+|gclid|yclid|fbclid|roistat(_\w+)?|page_url|landing_page|referrer", re.IGNORECASE
)
# The page a form stood on, as site builders call it.
_PAGE = {"page url", "source_url", "context[pageuri]", "meta[page_url][value]"}


class Submission(msgspec.Struct):
    """`reserved` are the inputs meant for us, `origin` tells where the visitor was, `fields` is the rest."""

    reserved: Mapping[str, str]
    origin: tuple[Field, ...]
    fields: tuple[Field, ...]


def sort_out(body: Body) -> Submission:
    """Sort the fields of a body; of a reserved input sent twice the first that says anything counts."""
    reserved: dict[str, str] = {}
    origin, fields = [], []
    for field in body.fields:
        label = field.label
        if label in RESERVED:
            reserved[label] = reserved.get(label) or field.value.strip()
        elif is_origin(label):
            origin.append(field)
        elif label.casefold() in _PAGE:
            origin.append(Field("page_url", field.value))
        else:
            fields.append(field)
    return Submission(reserved, tuple(origin), tuple(fields))


def is_origin(label: str) -> bool:
    """Tell whether an input says where the visitor came from, such as utm_source."""
    return _ORIGIN.fullmatch(label) is not None


def is_ping(submission: Submission) -> bool:
    """Tell whether a builder merely tries the address: Tilda's `test=test`, WooCommerce's `webhook_id=7`."""
    if len(submission.fields) != 1 or submission.origin or submission.reserved:
        return False
    (field,) = submission.fields
    return field == Field("test", "test") or (field.label == "webhook_id" and field.value.isdigit())


def identify(sender: str, post: Post, submission: Submission, raw: bytes) -> tuple[str, float | None]:
    """Give the key of a request, and for how many seconds the same key is the same request (None: for ever).

    The sender's own id is the surest. A number of its counter may come again, and a nonce was made for one visit, but a
    broken page may use it for all: so the answers count as well. Without any, equal answers within ten minutes are
    somebody who pressed the button twice; of a body that is no form, `raw` is compared.
    """
    if post.key:
        own = post.key if len(post.key) <= _KEY else sha256(post.key.encode(errors="replace")).hexdigest()
        return f"{sender}:{own}", None
    unread = b"" if post.body.fields else raw
    digest = sha256("\0".join(_canonical(submission, post.body.files)).encode() + unread).hexdigest()
    if post.number.strip("0 "):
        return f"{sender}:{post.number[:_NONCE]}:{digest[:16]}", None
    if nonce := submission.reserved.get("_nonce"):
        return f"n:{nonce[:_NONCE]}:{digest[:16]}", None
    return f"h:{digest}", 600.0


def _canonical(submission: Submission, files: Sequence[File]) -> Iterator[str]:
    """Give all that makes two requests the same; neither labels nor values hold NUL, which stands between."""
    for field in submission.fields + submission.origin:
        yield field.label
        yield field.value.strip()
    for file in files:
        yield sha256(file.content).hexdigest()
