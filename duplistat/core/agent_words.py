"""Why an agent could not be asked, or did not do it: sentences with places for values, told in any language."""

from duplistat.core import outbound_words as outbound
from duplistat.core.i18n import Text, later

TOO_SLOW = later("it answers too slowly to be asked for everything")
DENIED_NAME = later("this address is not called: {name} is {address}, which is in {network} of [agents] deny")
DENIED_ADDRESS = later("this address is not called: {address}, which is in {network} of [agents] deny")
PRIVATE_NAME = later(
    "this address is not called: {name} is {address}, which is in {network} and not public; [agents] allow opens it"
)
PRIVATE_ADDRESS = later(
    "this address is not called: {address}, which is in {network} and not public; [agents] allow opens it"
)
NO_FINGERPRINT = later("the fingerprint that is set is no SHA-256: 64 hexadecimal digits")
NO_TLS = later("it does not speak TLS, but a certificate is pinned")
WRONG_PASSWORD = later("it does not accept the password")
NO_PASSWORD = later("it asks for a password, and none is set here")
SIGNED_OUT = later("it ended the sign-in")
NO_TOKEN = later("it answered the sign-in without a token")
NO_NONCE = later("it answered the sign-in without nonce and salt")
FIRST_REQUEST = later("it answered {status} to the first request")
REDIRECTS = later("it redirects to “{address}”, which is not followed")
NO_JSON = later("it answered something that is no JSON")
OTHER_JSON = later("it answered JSON of another kind than documented")
TASK_STATE = later("it says that a task is “{word}”, which is unknown here")
NO_TASK = later("it did not say which task it started")
LOCKED = later("its database is locked: an operation uses it")
NAME_UNKNOWN = later(
    "it answered 403: if it does not know itself by this name, set webservice-allowed-hostnames there"
)
NAME_UNKNOWN_SAID = later(
    "it answered 403 “{said}”: if it does not know itself by this name, set webservice-allowed-hostnames there"
)
STATUS_SAID = later("it answered {status} “{said}”")
STATUS = later("it answered {status}")
NO_SUCH_JOB = later("it has no job {job}")
FORGOTTEN = later("{job}: the agent no longer knows how it went; was it restarted?")
NOT_ITS_JOB = later("{job} is no job of the agent")
NOT_STARTED = later("{job} could not be started: {reason}")
NO_JOBS = later("the agent has no backup job")

NOT_AS_DUPLICATI = later("it does not answer as a Duplicati server does")

# What whoever gave the address has to know to set it right. The rest would tell strangers about a network that only
# this server can look into: which names it has, which ports are open, what answers there.
FOR_STRANGERS = (
    outbound.NO_HOST,
    outbound.UNTRUSTED,
    outbound.OTHER_CERTIFICATE,
    outbound.FINGERPRINT,
    NO_FINGERPRINT,
    WRONG_PASSWORD,
    NO_PASSWORD,
    TOO_SLOW,
    LOCKED,
)


def for_strangers(reason: str) -> str:
    """What somebody may know of a reason who could not find it out otherwise."""
    pattern = reason.pattern if isinstance(reason, Text) else reason
    return reason if pattern in FOR_STRANGERS else NOT_AS_DUPLICATI
