"""The script for Google Forms, run as Google would with what Google gives it: what it sends is what we read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from playwright._impl._driver import compute_driver_executable

from connectors.forms import Forms, FormSettings
from connectors.forms.web.sites import google_script
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE

ADDRESS = "https://hub.klarruta.example/in/website/TOKEN"
SECRET = "google-secret"  # noqa: S105 - it opens nothing
AROUND = """
const sent = [], slept = [], answers = %(answers)s, crypto = require("crypto");
const UrlFetchApp = { fetch: (address, options) => { sent.push({ address, ...options });
  const next = answers.shift(); if (next === "lost") throw new Error("lost");
  return { getResponseCode: () => next }; } };
const Utilities = { Charset: { UTF_8: "utf8" }, sleep: (ms) => slept.push(ms),
  computeHmacSha256Signature: (text, key) => crypto.createHmac("sha256", key).update(text, "utf8").digest(),
  base64Encode: (bytes) => bytes.toString("base64") };
const item = (title, answer) => ({ getItem: () => ({ getTitle: () => title }), getResponse: () => answer });
const ofForm_ = { source: { getTitle: () => "Boka ett besök" }, response: { getId: () => "2_ABa",
  getRespondentEmail: () => "lena.berg@example.com",
  getItemResponses: () => [item("Namn", "Lena Berg"), item("Rum", ["Kök", "Hall"])] } };
const ofSheet = { source: { getName: () => "Svar" }, namedValues: { Namn: ["Omar Aziz"], Telefon: ["070-174 06 14"] } };
%(script)s
let failed = ""; try { send(%(event)s); } catch (error) { failed = error.message; }
console.log(JSON.stringify({ sent, slept, failed }));
"""


def run(event: str, answers: list[object]) -> Mapping[str, Any]:
    """Run the script with its key filled in, and give what it did."""
    script = google_script(ADDRESS).replace('KEY = ""', f'KEY = "{SECRET}"')
    node, _ = compute_driver_executable()
    whole = AROUND % {"answers": json.dumps(answers), "script": script, "event": event}
    done = subprocess.run([node, "-e", whole], capture_output=True, check=True, timeout=60)  # noqa: S603 - ours
    return dict(json.loads(done.stdout))


def taken(sent: Mapping[str, Any]) -> Raw:
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    return Raw(
        body=sent["payload"].encode(),
        headers=headers | {"content-type": sent["contentType"]},
        received_at=NINE,
    )


def test_what_it_sends_is_proven_and_read() -> None:
    done = run("ofForm_", [200])
    (sent,) = done["sent"]
    assert (sent["address"], sent["method"], done["failed"]) == (ADDRESS, "post", "")
    forms = Forms("website", "TOKEN", FormSettings(sender="google-forms", secret=SECRET))
    assert forms.doubt(taken(sent)) is None
    (event,) = forms.read(taken(sent))
    assert (event.key, event.form, event.name, event.email) == (
        "google-forms:2_ABa", "Boka ett besök", "Lena Berg", "lena.berg@example.com",
    )  # fmt: skip
    assert [field.value for field in event.fields if field.label == "Rum"] == ["Kök", "Hall"]


def test_the_answers_of_a_sheet_are_read_as_well() -> None:
    (sent,) = run("ofSheet", [200])["sent"]
    (event,) = Forms("website", "TOKEN", FormSettings()).read(taken(sent))
    assert (event.form, event.name, event.phone) == ("Svar", "Omar Aziz", "070-174 06 14")


def test_it_tries_again_and_then_says_so_to_its_owner() -> None:
    assert run("ofForm_", ["lost", 503, 200])["slept"] == [2000, 8000]
    assert "Ringback: 503" in run("ofForm_", [503] * 9)["failed"]
