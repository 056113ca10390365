"""Letters signed in our domain's name (DKIM, RFC 6376; Ed25519 by RFC 8463): receivers know them from forged ones."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from hub.said import said

Signer = Callable[[bytes, datetime], bytes]
"""Puts a signature, as of a moment, before a letter whose lines end in CRLF."""

SIGNED = frozenset((
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"auto-submitted",
    b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id",
))  # fmt: skip
SMALLEST = 1024  # bits of an RSA key that receivers still take
_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_BLANKS_WITHIN = re.compile(rb"[ \t]+")


def signer(domain: str, selector: str, pem: bytes, *, as_it_is: bool = False) -> Signer:
    """Sign for a domain by a private key, RSA or Ed25519; ValueError for any other.

    `as_it_is` takes no pains for servers that change blanks in bodies (RFC 6376, 3.4.3): where many letters are signed.
    """
    key = _key(pem)
    kind, canonical, hashed = (
        b"ed25519" if isinstance(key, Ed25519PrivateKey) else b"rsa",
        b"simple" if as_it_is else b"relaxed",
        _hashed_as_it_is if as_it_is else _hashed,
    )

    begin = b"v=1; a=%s-sha256; c=relaxed/%s; d=%s; s=%s;" % (
        kind, canonical, domain.encode(), selector.encode(),
    )  # fmt: skip

    def sign(letter: bytes, at: datetime) -> bytes:
        head, _, body = letter.partition(b"\r\n\r\n")
        names, signed = _chosen(head)
        tags = begin + b" t=%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (
            at.timestamp(), b":\r\n  ".join(names), hashed(body),
        )  # fmt: skip
        relaxed = tags.replace(b"\r\n  ", b" ").replace(b"\r\n", b"")  # it has no other blanks that are two
        signature = b64encode(_signed(key, signed + b"dkim-signature:" + relaxed))
        lines = b"\r\n  ".join([signature[at : at + 72] for at in range(0, len(signature), 72)])
        return b"".join((b"DKIM-Signature: ", tags, lines, b"\r\n", letter))

    return sign


def published(pem: bytes) -> str:
    """Give what must stand in DNS for a private key (RFC 6376, 3.6.1); ValueError for none of ours."""
    key = _key(pem)
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(raw).decode()}"
    whole = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(whole).decode()}"


def _key(pem: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as error:  # it has a password, or is of a kind that nobody knows
        raise ValueError(str(error)) from error
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST):
        return key
    raise ValueError(said("It is neither RSA nor Ed25519."))


def _chosen(head: bytes) -> tuple[list[bytes], bytes]:
    """Give the names that are signed and their headers; From once more, so that no second one can be added."""
    unfolded = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    headers = map(_canonical, unfolded.split(b"\r\n"))
    there = [(name, header) for name, header in headers if name in SIGNED]
    return [*(name for name, _ in there), b"from"], b"".join([header for _, header in there])


@lru_cache(64)  # most headers of a mailing are the same in all of its letters
def _canonical(header: bytes) -> tuple[bytes, bytes]:
    """Give the name of a header, and the line of it that is signed."""
    relaxed = _relaxed(header)
    return relaxed.partition(b":")[0], relaxed + b"\r\n"


def _relaxed(header: bytes) -> bytes:
    name, _, value = header.partition(b":")
    if b"  " in value or b"\t" in value:
        value = _BLANKS_WITHIN.sub(b" ", value)
    return name.strip().lower() + b":" + value.strip()


def _hashed(body: bytes) -> bytes:
    """Hash a body in its relaxed form (RFC 6376, 3.4.4)."""
    lines = _BLANKS_WITHIN.sub(b" ", _BLANKS_AT_END.sub(b"", body))
    bare = lines.rstrip(b"\r\n")
    return b64encode(sha256(bare + b"\r\n" if bare else b"").digest())


def _hashed_as_it_is(body: bytes) -> bytes:
    """Hash a body but for empty lines at its end (RFC 6376, 3.4.3)."""
    return b64encode(sha256(body.rstrip(b"\r\n") + b"\r\n").digest())


def _signed(key: RSAPrivateKey | Ed25519PrivateKey, content: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(sha256(content).digest())
    return key.sign(content, PKCS1v15(), SHA256())
