"""What a domain publishes about its mail, asked of DNS: who may send for it, which keys sign, what of the rest.

SPF is RFC 7208, DKIM RFC 6376, DMARC RFC 7489.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.resolver

from hub.examination import Finding
from hub.languages import N_
from hub.said import said

SECONDS = 5.0
CANNOT = N_("could not be asked: no name server answers")


class Records:
    """Asks this machine's name servers, or one that is named."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        """Ask nothing yet."""
        self._server = server

    async def texts(self, name: str) -> list[str]:
        """Give the texts at a name, none where there are none; OSError where that cannot be found out."""
        try:
            resolver = dns.asyncresolver.Resolver(configure=self._server is None)
            if self._server is not None:
                resolver.nameservers, resolver.port = [self._server[0]], self._server[1]
            answer = await resolver.resolve(name, "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, ValueError) as error:
            raise OSError(said(CANNOT)) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


async def findings(
    records: Records, address: str, server: str, selector: str, key: bytes
) -> Sequence[Finding]:
    """Say what is published for an address whose letters go by a server, signed by a key, b"" for none."""
    domain = address.rpartition("@")[2]
    return [
        await _spf(records, domain, server),
        await signing_key(records, domain, selector, key),
        await _dmarc(records, domain, address),
    ]


async def _spf(records: Records, domain: str, server: str) -> Finding:
    try:
        found = [
            text for text in await records.texts(domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)
        ]
    except OSError as error:
        return Finding("SPF", "unknown", str(error))
    wanted = f"publish at {domain}, as TXT: v=spf1 a:{server} ~all (or what the provider of that server says)"
    if not found:
        return Finding("SPF", "bad", f"nothing says which servers may send for {domain}; {wanted}")
    if len(found) > 1:
        return Finding(
            "SPF", "bad", f"{domain} has {len(found)} records, of which receivers heed none; leave one"
        )
    if re.search(r"(^| )\+?all\b", found[0]):
        return Finding(
            "SPF", "bad", f"{found[0]}: lets everybody send for {domain}; end it with ~all or -all"
        )
    return Finding("SPF", "good", found[0])


async def signing_key(records: Records, domain: str, selector: str, key: bytes) -> Finding:
    """Tell whether the key that signs letters for a domain is published."""
    if not selector:
        return Finding(
            "DKIM", "unknown", said("letters are not signed here; look whether the server signs them")
        )
    name = f"{selector}._domainkey.{domain}"
    try:
        from connectors.mail.dkim import published  # noqa: PLC0415 - loads all of cryptography, for who signs

        wanted = published(key)
        found = await records.texts(name)
    except ValueError as error:
        return Finding("DKIM", "bad", said("the key cannot be used: %(why)s", why=str(error)))
    except OSError as error:
        return Finding("DKIM", "unknown", error.args[0])
    if any(_key_of(text) == _key_of(wanted) for text in found):
        return Finding("DKIM", "good", said("the key at %(name)s is ours", name=name))
    if found:
        words = said("another key is published; publish at %(name)s, as TXT: %(key)s", name=name, key=wanted)
    else:
        words = said("no key is published; publish at %(name)s, as TXT: %(key)s", name=name, key=wanted)
    return Finding("DKIM", "bad", words)


async def _dmarc(records: Records, domain: str, address: str) -> Finding:
    labels = domain.split(".")
    try:
        for at in range(max(len(labels) - 1, 1)):
            name = "_dmarc." + ".".join(labels[at:])
            for text in await records.texts(name):
                if text.lower().startswith("v=dmarc1"):
                    return Finding("DMARC", "good", f"{name}: {text}")
    except OSError as error:
        return Finding("DMARC", "unknown", str(error))
    wanted = f"publish at _dmarc.{domain}, as TXT: v=DMARC1; p=none; rua=mailto:{address}"
    return Finding(
        "DMARC", "bad", f"nothing is published, and large providers refuse many such letters; {wanted}"
    )


def _key_of(text: str) -> str:
    found = re.search(r"(?:^|;)\s*p\s*=([^;]*)", text)
    return "".join(found[1].split()) if found else ""
