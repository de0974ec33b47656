"""TLS: a server with a certificate, and with clients that have one too."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from callboard import Runtime
from callboard.messages.errors import InvalidCall
from callboard.runtime.gateways.rest import server as serving
from callboard.runtime.gateways.rest.tls import Tls
from tests.knocking import Knock
from tests.live import LONG
from tests.runtime.settings import QUICK

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    with Runtime(QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pairs, `ours` and `theirs`, each signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("ours", "theirs"):
        made = (
            f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
            f"-subj /CN={name} -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
            f"-keyout {name}.key -out {name}.pem"
        )
        subprocess.run([OPENSSL or "", *made.split()], cwd=folder, check=True, capture_output=True)
    return folder


def trusting(pem: Path, *, showing: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=pem / "ours.pem")
    if showing:
        context.load_cert_chain(pem / "theirs.pem", pem / "theirs.key")
    return context


def status_at(url: str, context: ssl.SSLContext) -> int:
    found = httpx.get(f"{url}/orchestration/status", verify=context, timeout=LONG)
    return found.status_code


def test_a_server_with_a_certificate_is_asked_over_tls_only(runtime: Runtime, pem: Path) -> None:
    tls = Tls(pem / "ours.pem", pem / "ours.key")
    with runtime.serve(port=0, tls=tls) as server:
        assert server.url == f"https://127.0.0.1:{server.port}"
        assert status_at(server.url, trusting(pem)) == 200
        with pytest.raises(httpx.ConnectError):
            status_at(server.url, ssl.create_default_context())
        with pytest.raises(httpx.TransportError):
            status_at(server.url.replace("https", "http"), trusting(pem))
        old = trusting(pem)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert status_at(server.url, old) == 200


def test_clients_may_have_to_show_a_certificate(runtime: Runtime, pem: Path) -> None:
    tls = Tls(pem / "ours.pem", pem / "ours.key", client_ca=pem / "theirs.pem")
    with runtime.serve(port=0, tls=tls) as server:
        assert status_at(server.url, trusting(pem, showing=True)) == 200
        with pytest.raises(httpx.TransportError):
            status_at(server.url, trusting(pem))


def test_whoever_does_not_finish_the_beginning_of_tls_is_dropped(
    runtime: Runtime, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0.1)
    tls = Tls(pem / "ours.pem", pem / "ours.key")
    with runtime.serve(port=0, tls=tls) as server, Knock(server) as knock:
        knock.say(b"\x16\x03\x01")
        knock.rest()


@pytest.mark.parametrize(
    ("certificate", "key", "client_ca"),
    [
        ("none.pem", "ours.key", None),
        ("ours.pem", None, None),
        ("ours.pem", "theirs.key", None),
        ("ours.pem", "ours.key", "ours.key"),
        ("ours.pem", "ours.key", "none.pem"),
    ],
)
def test_files_that_do_not_fit_are_named_before_anything_listens(
    runtime: Runtime, pem: Path, certificate: str, key: str | None, client_ca: str | None
) -> None:
    tls = Tls(
        pem / certificate,
        None if key is None else pem / key,
        None if client_ca is None else pem / client_ca,
    )
    with pytest.raises(InvalidCall, match=r"tls must be .* in PEM"):
        runtime.serve(port=0, tls=tls)
