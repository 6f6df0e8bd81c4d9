"""What went wrong with a call, as an agent's problem."""

from collections.abc import Iterator
from contextlib import contextmanager

from duplistat.agents.address import AgentError
from duplistat.core import agent_words as words
from duplistat.core.i18n import Text
from duplistat.outbound.failures import AddressRefused, OutboundError
from duplistat.outbound.guard import literal


@contextmanager
def as_agent_errors() -> Iterator[None]:
    """Raises AgentError where OutboundError is raised within."""
    try:
        yield
    except AddressRefused as e:
        raise AgentError("refused", _refusal(e)) from None
    except OutboundError as e:
        raise AgentError(e.kind, e.reason) from None


def _refusal(refused: AddressRefused) -> Text:
    """Why an address is not called, with the setting that decides."""
    if literal(refused.name):
        pattern = words.DENIED_ADDRESS if refused.denied else words.PRIVATE_ADDRESS
    else:
        pattern = words.DENIED_NAME if refused.denied else words.PRIVATE_NAME
    return Text(pattern, name=refused.name, address=refused.address, network=refused.network)
