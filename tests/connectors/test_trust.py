"""The machine's certificates are read once, and again where they have changed."""

from __future__ import annotations

import os
import shutil
import ssl
from pathlib import Path

import pytest

from connectors.trust import trusted


def test_certificates_are_read_once_and_again_where_they_have_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "certificates.pem"
    shutil.copy(str(ssl.get_default_verify_paths().cafile), bundle)
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_cafile_env, str(bundle))
    first = trusted()
    assert trusted() is first
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.check_hostname
    os.utime(bundle, ns=(1, 1))
    assert trusted() is not first
