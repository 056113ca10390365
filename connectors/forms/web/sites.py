"""How a form comes onto a site: its own page, a script, plain HTML, WordPress, Tilda, Wix; to be copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.page import FormField
from connectors.forms.senders.google_forms import GoogleForms
from connectors.forms.web.channels import Form, around, asked_form
from hub import channel_changes
from hub.audit import Entry
from hub.channel_changes import Refusal
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.channel_deeds import answer_change
from hub.web.channels import find
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import form as posted
from hub.web.pages import page, render, viewer_of
from hub.web.shell import POLICY

GOOGLE = Path(__file__).with_name("google_forms.js")
INPUTS = {"tel": "tel", "email": "email", "number": "number", "date": "date", "link": "url", "file": "file"}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way onto a site: what to do step by step, and what to copy."""

    key: str
    title: str
    about: str
    steps: Sequence[str]
    snippet: str


@page("GET", "/form-builder/{id}/sites", role="manager")
async def sites(request: web.Request) -> web.StreamResponse:
    """Show the ways."""
    return await show(request, await asked_form(request))


@page("POST", "/form-builder/{id}/sites", role="admin")
async def allow(request: web.Request) -> web.StreamResponse:
    """Say which sites may post by script and frame the page."""
    form = await asked_form(request)
    text = (await posted(request)).get("origins", "")
    origins = [line.strip().rstrip("/") for line in text.splitlines() if line.strip()]
    try:
        entry = await request.app[DB].write(_save, viewer_of(request), form.id, origins)
    except Refusal as refusal:
        return await show(request, form, text, str(refusal))
    return await answer_change(request, form.id, entry, f"/form-builder/{form.id}/sites")


@page("GET", "/form-builder/{id}/embed", role="manager")
async def embed(request: web.Request) -> web.StreamResponse:
    """Give a page that shows the script's form as a strange site would; nothing can be sent from it."""
    form = await asked_form(request)
    response = await render(request, "_form_embed.html", form=form)
    response.headers["Content-Security-Policy"] = f"{POLICY}frame-ancestors 'self'"
    return response


async def show(
    request: web.Request, form: Form, text: str | None = None, error: str = "", secret: str = "",
    shuts_out: Sequence[str] = (),
) -> web.Response:  # fmt: skip
    """Show the ways, with the allowed sites as somebody typed them, and a secret that was made just now.

    `shuts_out` names whom a new secret would refuse: that is asked about before it is made.
    """
    hub = base_url(request)
    return await render(
        request,
        "form_sites.html",
        status=422 if error else 200,
        **around(request, form, "/sites"),
        hosted=f"{hub}/forms/{form.token}",
        intake=f"{hub}/in/{form.name}/{form.token}",
        ways=list(ways(form, hub)),
        origins="\n".join(form.settings.origins) if text is None else text,
        error=error,
        secret=secret,
        shuts_out=[_(each) for each in shuts_out],
        has_secret=bool(form.settings.secret),
    )


def ways(form: Form, hub: str) -> Iterator[Way]:
    """Give the ways with their snippets; the words of the steps follow docs/websites.md."""
    intake = f"{hub}/in/{form.name}/{form.token}"
    # Imported, since a page waits for a script that stands in it, also for one whose hub never answers.
    script = (
        f'<div data-ringback="{form.token}"></div>'
        f'<script>import("{hub}/forms/{form.token}.js").catch(() => {{}})</script>'
    )
    yield Way(key="script", title=_("Our form in your page"), snippet=script,
              about=_("One line draws the form where it stands. If the line is down, answers wait in the browser."),
              steps=[_("Put your site among the allowed ones, at the right."),
                     _("Paste this line where the form shall stand.")])  # fmt: skip
    yield Way(key="html", title=_("Your own HTML"), snippet=_plain(form.settings.fields, intake),
              about=_("A form of your own design. Names of inputs are yours."),
              steps=[_("Paste it into the page, and change what it looks like."),
                     _("Send it once, then look at the field map.")])  # fmt: skip
    yield Way(key="wordpress", title=_("WordPress, with our plug-in"), snippet=intake,
              about=_("It sends Contact Form 7, WPForms, Gravity Forms, Elementor Pro and WooCommerce. While the hub "
                      "is away, what came waits in the site's own database."),
              steps=[_("Download the plug-in. In WordPress: Plugins, Add New, Upload Plugin, then Activate."),
                     _("In WordPress, Settings, Ringback: paste this address."),
                     _("Make a secret here and paste it there, so that nobody else can send in the site's name."),
                     _("Save there and press “Send a test”.")])  # fmt: skip
    for key, title, about, steps in _BUILDERS:
        yield Way(
            key=key,
            title=_(title),
            about=_(about),
            steps=[_(step) for step in steps],
            snippet=intake,
        )
    yield Way(key="wix", title="Wix", snippet=script,
              about=_("Wix sends its own forms elsewhere, so the form is drawn by our script."),
              steps=[_("Add, Embed code, Embed HTML: put the element where the form shall stand."),
                     _("Choose Code, and paste this line."),
                     _("Wix shows it in a frame of its own: put the address of that frame among the allowed sites, "
                       "or “*”. Publish.")])  # fmt: skip
    yield Way(key="google-forms", title=GoogleForms.title, snippet=google_script(intake),
              about=_("A script in the form sends every answer, and tries again where we cannot be reached."),
              steps=[_("Open the form, ⋮, Apps Script, and paste this in place of what stands there."),
                     _("If the channel has a secret, put it behind KEY."),
                     _("Save, choose “install” beside Run, press Run, and allow it.")])  # fmt: skip


def google_script(intake: str) -> str:
    """Give the script for a form of Google's, or for the sheet of its answers."""
    return GOOGLE.read_text(encoding="utf-8").replace("{address}", intake)


_BUILDERS: Sequence[tuple[str, str, str, Sequence[str]]] = (
    (
        "elementor",
        N_("WordPress, Elementor Pro"),
        N_("It sends the form to us and shows visitors its own thanks."),
        (
            N_("Open the form's widget, Actions After Submit, add Webhook."),
            N_("Paste this address into Webhook URL. Advanced Data may be on or off."),
            N_("Update the page and send it once, then look at the field map."),
        ),
    ),
    (
        "cf7",
        N_("WordPress, Contact Form 7"),
        N_("It needs an add-on that posts to an address, such as CF7 to Webhook."),
        (
            N_("Install and activate the add-on."),
            N_("Open the form in Contact, tab Webhook: switch it on and paste this address."),
            N_("Save and send it once: names such as “tel-123” are given a meaning in the field map."),
        ),
    ),
    (
        "tilda",
        "Tilda",
        N_("Tilda tries the address when you save it, which makes no task."),
        (
            N_("Site settings, Forms, Webhook: paste this address and save."),
            N_("In the form's block, Content, tick the webhook among the receivers."),
            N_("Publish the site again; until then the old form stands there."),
        ),
    ),
)


def _plain(fields: Sequence[FormField], intake: str) -> str:
    files = ' enctype="multipart/form-data"' if any(field.kind == "file" for field in fields) else ""
    lines = [f'<form action="{escape(intake)}" method="post"{files} accept-charset="utf-8">']
    lines += [f"  {_input(field)}" for field in fields]
    lines += ['  <input name="_gotcha" tabindex="-1" autocomplete="off" style="display:none">',
              f"  <button>{escape(_('Send'))}</button>", "</form>"]  # fmt: skip
    return "\n".join(lines)


def _input(field: FormField) -> str:
    label, named = escape(field.label or field.name), f'name="{escape(field.name)}"'
    must = " required" if field.required else ""
    if field.kind == "longtext":
        return f"<label>{label} <textarea {named}{must}></textarea></label>"
    if field.kind == "choice":
        options = "".join(f"<option>{escape(choice)}</option>" for choice in field.choices)
        return f"<label>{label} <select {named}{must}>{options}</select></label>"
    if field.kind == "yesno":
        return f'<label><input type="checkbox" {named} value="yes"{must}> {label}</label>'
    kind = INPUTS.get(field.kind, "text")
    return f'<label>{label} <input type="{kind}" {named}{must}></label>'


def _save(session: Session, viewer: Viewer, channel_id: int, origins: list[str]) -> Entry | None:
    row = find(session, channel_id, lock=True)
    return channel_changes.change(session, viewer, row, {**row.settings, "origins": origins})
