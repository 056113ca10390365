"""Whether a number of ours works at WhatsApp, and which templates Meta approved."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

from connectors.meta.examination import app_secret, asked, subscribed, to_paste
from connectors.meta.hooks import MetaConnector
from connectors.meta.told import Told, line, part, parts, text
from connectors.whatsapp.settings import WhatsAppSettings
from hub.examination import Finding

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
MOST = "200"  # templates that are listed


async def examine(of: MetaConnector, settings: WhatsAppSettings) -> AsyncIterator[Finding]:
    """Look at one thing after the other."""
    number_id = settings.phone_number_id
    if not number_id:
        yield Finding("Number", "bad", "its ID is not set up: phone_number_id")
    else:
        fields = "display_phone_number,verified_name,quality_rating,webhook_configuration"
        told = await asked("Number", of.graph.get(number_id, {"fields": fields}))
        for finding in [told] if isinstance(told, Finding) else _number(of, told):
            yield finding
        yield await app_secret(of, number_id)
    if settings.account_id:
        yield await subscribed(of, settings.account_id)
        query = {"fields": "name,language,status,components", "limit": MOST}
        listed = await asked("Templates", of.graph.get(f"{settings.account_id}/message_templates", query))
        for finding in [listed] if isinstance(listed, Finding) else _templates(listed, settings):
            yield finding
    else:
        yield Finding("Templates", "unknown", "the account's ID is not set up: account_id")
    for finding in to_paste(of):
        yield finding


def _number(of: MetaConnector, told: Told) -> Iterator[Finding]:
    number, name = line(told, "display_phone_number"), line(told, "verified_name")
    yield Finding("Number", "good", f"{number} “{name}”, quality {line(told, 'quality_rating') or 'unknown'}")
    hooks = part(told, "webhook_configuration")
    address = text(hooks, "phone_number", "whatsapp_business_account", "application")
    if address and not address.endswith(f"/in/{of.channel}/{of.token}"):
        yield Finding("Posts go to", "bad", f"{address}, which is not this channel")
    elif address:
        yield Finding("Posts go to", "good", address)


def _templates(told: Told, settings: WhatsAppSettings) -> Iterator[Finding]:
    approved = set[tuple[str, str]]()
    for each in parts(told, "data"):
        name, language, status = line(each, "name"), line(each, "language"), line(each, "status")
        if status == "APPROVED":
            approved.add((name, language))
            yield Finding("Template", "good", f"{name} {language} = {_text(each)}")
        else:
            yield Finding("Template", "unknown", f"{name} {language} is not approved: {status.lower()}")
    for template in settings.approved():
        if (template.name, template.language) not in approved:
            words = f"{template.name} {template.language} is set up here, and Meta has not approved it"
            yield Finding("Template", "bad", words)


def _text(template: Told) -> str:
    bodies = (text(each, "text") for each in parts(template, "components") if line(each, "type") == "BODY")
    return _PLACE.sub(r"{\1}", next(bodies, "")).replace("\n", "\\n")
