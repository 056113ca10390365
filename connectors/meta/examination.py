"""Whether a channel of Meta's works, for the admin who sets it up: what all of them are asked."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Iterator
from hashlib import sha256

from connectors.meta.hooks import MetaConnector
from connectors.meta.told import Told, identity, line, parts
from hub.connector import AuthFailed, InDoubt, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding

FAILURES = (Unavailable, AuthFailed, Refused, InDoubt)


async def asked(what: str, question: Awaitable[Told]) -> Told | Finding:
    """Give an answer, or the finding that there is none."""
    try:
        return await question
    except FAILURES as error:
        return Finding(what, "bad", describe(error))


async def app_secret(of: MetaConnector, node: str) -> Finding:
    """Find out whether the app secret is that of the token's app: Meta checks a proof of it.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests
    """
    settings, what = of.settings, "App secret"
    if not settings.app_secret:
        return Finding(what, "bad", "none is set up: app_secret; until then nothing that comes is taken")
    proof = hmac.new(settings.app_secret.encode(), settings.access_token.encode(), sha256).hexdigest()
    told = await asked(what, of.graph.get(node, {"fields": "id", "appsecret_proof": proof}))
    return told if isinstance(told, Finding) else Finding(what, "good", "it is that of the token's app")


async def subscribed(of: MetaConnector, node: str, wanted: frozenset[str] = frozenset()) -> Finding:
    """Find out whether an app hears of what happens there, and of all that is wanted."""
    what = "Web hooks"
    told = await asked(what, of.graph.get(f"{node}/subscribed_apps"))
    if isinstance(told, Finding):
        return told
    apps = list(parts(told, "data"))
    if not apps:
        return Finding(what, "bad", "no app is subscribed: nothing will come")
    fields = {str(each) for app in apps for each in _list(app, "subscribed_fields")}
    if missing := wanted - fields:
        return Finding(what, "bad", f"nothing will come of {', '.join(sorted(missing))}: subscribe to them")
    return Finding(
        what, "good", f"subscribed: {', '.join(sorted(filter(None, map(_name, apps)))) or len(apps)}"
    )


def to_paste(of: MetaConnector) -> Iterator[Finding]:
    """Say what is to be pasted at Meta."""
    path = f"/in/{of.channel}/{of.token}"
    yield Finding("Callback URL", "good", f"paste the hub's https address, then {path}")
    word = "the one that is set up as verify_token" if of.settings.verify_token else f"paste {of.token}"
    yield Finding("Verify token", "good", word)


def _name(app: Told) -> str:
    known = app.get("whatsapp_business_api_data")
    return line(known if isinstance(known, dict) else app, "name") or identity(app, "id")


def _list(told: Told, name: str) -> list[object]:
    value = told.get(name)
    return value if isinstance(value, list) else []
