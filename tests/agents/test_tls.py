"""HTTPS: who vouches for a certificate, and when plain HTTP is spoken."""

import pytest

from tests.agents.conftest import Serve, call, failure
from tests.support.certificates import Certificate, self_signed
from tests.support.duplicati_server import DuplicatiServer


@pytest.fixture
def secure(serve: Serve, certificate: Certificate) -> DuplicatiServer:
    return serve(password="s3cret", certificate=certificate)


def colons(fingerprint: str) -> str:
    text = fingerprint.upper()
    return ":".join(text[at : at + 2] for at in range(0, 64, 2))


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(secure: DuplicatiServer) -> None:
    error = failure(secure)
    assert secure.certificate is not None
    assert (error.kind, error.reason) == (
        "certificate",
        "its certificate is not trusted (self-signed certificate); its fingerprint is "
        + colons(secure.certificate.fingerprint),
    )
    assert secure.seen == []


@pytest.mark.parametrize("written", ["plain", "colons"])
def test_a_pinned_certificate_is_trusted(secure: DuplicatiServer, written: str) -> None:
    assert secure.certificate is not None
    fingerprint = secure.certificate.fingerprint
    with call(secure, fingerprint=colons(fingerprint) if written == "colons" else fingerprint) as agent:
        assert agent.system().machine_name == "nas"


def test_another_certificate_than_the_pinned_one_names_both(secure: DuplicatiServer) -> None:
    assert secure.certificate is not None
    error = failure(secure, fingerprint="ab" * 32)
    assert (error.kind, error.reason) == (
        "certificate",
        f"its certificate is another one: expected {colons('ab' * 32)},"
        f" found {colons(secure.certificate.fingerprint)}",
    )
    assert secure.seen == []


def test_an_authority_of_this_machine_is_believed(
    secure: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secure.certificate is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate.file))
    for host in ("localhost", "127.0.0.1"):
        with call(secure, host=host) as agent:
            assert agent.system().machine_name == "nas"


def test_a_certificate_for_another_name_is_not_trusted(
    serve: Serve,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    other = self_signed(tmp_path_factory.mktemp("other"), name="elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.file))
    error = failure(serve(certificate=other), host="localhost")
    assert error.kind == "certificate"
    assert "localhost" in error.reason


def test_what_is_pinned_is_never_called_without_tls(server: DuplicatiServer) -> None:
    error = failure(server, fingerprint="ab" * 32)
    assert (error.kind, error.reason) == (
        "certificate",
        "it does not speak TLS, but a certificate is pinned",
    )
    assert server.seen == []


@pytest.mark.parametrize("fingerprint", ["ab" * 20, "xy" * 32, "ab" * 33, ":"])
def test_a_fingerprint_that_is_none_is_told(server: DuplicatiServer, fingerprint: str) -> None:
    error = failure(server, fingerprint=fingerprint)
    assert error.kind == "certificate"
    assert "64 hexadecimal digits" in error.reason


def test_a_hang_behind_tls_is_left_in_time(secure: DuplicatiServer) -> None:
    assert secure.certificate is not None
    secure.fault, secure.fault_at = "drip", "systeminfo"
    error = failure(secure, fingerprint=secure.certificate.fingerprint, timeout=(0.5, 0.3))
    assert (error.kind, error.reason) == ("timeout", "its answer was not complete after 1.4 s")
