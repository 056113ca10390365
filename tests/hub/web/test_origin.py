"""Where a request comes from, directly and behind a proxy."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from hub.settings import Settings
from hub.web import keys
from hub.web.origin import base_url, is_own, is_secure, local_path, path_of, remote


def request(settings: Settings, **headers: str) -> web.Request:
    """Make a request with these headers."""
    app = web.Application()
    app[keys.SETTINGS] = settings
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("POST", "/x", headers={"Host": "hub.example"} | named, app=app)


def test_a_proxys_word_counts_only_behind_a_proxy() -> None:
    said = {"X_Forwarded_For": "6.6.6.6, 10.0.0.9", "X_Forwarded_Proto": "https"}
    assert remote(request(Settings(behind_proxy=True), **said)) == "10.0.0.9"
    assert remote(request(Settings(), **said)) != "10.0.0.9"
    assert is_secure(request(Settings(behind_proxy=True), **said))
    assert not is_secure(request(Settings(), **said))


def test_the_hubs_address_is_the_set_one_or_the_asked_one() -> None:
    assert base_url(request(Settings(url="https://ring.example/"))) == "https://ring.example"
    assert base_url(request(Settings())) == "http://hub.example"


def test_the_set_address_is_our_own_too() -> None:
    settings = Settings(url="https://ring.example")
    assert is_own(request(settings, Origin="https://ring.example"))
    assert is_own(request(settings, Origin="http://hub.example"))
    assert not is_own(request(settings, Origin="https://hub.example.evil.example"))
    assert not is_own(request(Settings(), Origin="null"))


@pytest.mark.parametrize(
    "address", ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb"]
)
def test_only_a_path_of_ours_is_local(address: str) -> None:
    assert local_path(address) == ""


def test_a_written_out_address_loses_its_host() -> None:
    assert path_of("https://hub.example/today?whose=mine#x") == "/today?whose=mine"
    assert path_of("https://hub.example//evil.example") == ""
