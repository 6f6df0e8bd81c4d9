"""The certificate with which mails are taken in over TLS, and the one that replaces it when it is renewed."""

import logging
import ssl
from importlib.util import find_spec
from pathlib import Path

from duplistat.config import Intake
from duplistat.core.errors import CannotStart

log = logging.getLogger(__name__)


def check(intake: Intake) -> None:
    """Raise CannotStart where mails cannot be taken in as it is set."""
    if find_spec("aiosmtpd") is None:
        raise CannotStart("[intake.smtp] listen needs aiosmtpd: install duplistat[mail]")
    if intake.smtp_require_tls and not intake.smtp_certificate:
        raise CannotStart("[intake.smtp] require_tls needs a certificate")
    try:
        if intake.smtp_certificate:
            Certificate(intake)
    except OSError as e:
        raise CannotStart(f"[intake.smtp] certificate and key cannot be used: {e}") from e


class Certificate:
    """What the settings name, as a context for connections."""

    def __init__(self, intake: Intake) -> None:
        """Raises OSError, of which ssl.SSLError is one, where it cannot be read, and where no key fits it."""
        self._files = (intake.smtp_certificate, intake.smtp_key or intake.smtp_certificate)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._state = self._state_of_files()
        self.context.load_cert_chain(*self._files, password=_no_password)

    def follow(self) -> None:
        """Take a renewed one for the connections from now on. One that is damaged leaves the one before in use."""
        try:
            state = self._state_of_files()
            if state == self._state:
                return
            # What half of the files says is not loaded: it would spoil the context that is in use.
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                *self._files, password=_no_password
            )
            self.context.load_cert_chain(*self._files, password=_no_password)
        except OSError as error:
            log.error("the renewed certificate of [intake.smtp] cannot be used: %s", error)
            return
        self._state = state
        log.info("the renewed certificate of [intake.smtp] is in use")

    def _state_of_files(self) -> list[tuple[int, int, int]]:
        states = [Path(file).stat() for file in self._files]
        return [(state.st_mtime_ns, state.st_size, state.st_ino) for state in states]


def _no_password() -> str:
    """Asked for the password of a key. Without this, it would be asked for on the terminal."""
    raise ssl.SSLError("the key has a password; store one without")
