"""Why an agent could not be asked, or did not do it: sentences with places for values, told in any language."""

from duplistat.core.i18n import Text, later

NO_ANSWER = later("no answer within {time}")
NO_CONNECTION = later("no connection within {time}")
INCOMPLETE = later("its answer was not complete after {time}")
NO_END = later("it did not come to an end within {time}")
TOO_SLOW = later("it answers too slowly to be asked for everything")
CUT = later("it closed the connection in the middle of its answer")
SILENT = later("it closed the connection without an answer")
REFUSED = later("the connection was refused: nothing listens on this port")
NO_WAY_TO_MACHINE = later("there is no way to this machine")
NO_WAY_TO_NETWORK = later("there is no way to this network")
UNREACHABLE = later("it cannot be reached ({problem})")
NO_HTTP = later("it does not speak HTTP as it should ({problem})")
NO_HOST = later("“{host}” is no host name or IP address")
NO_NAME = later("the name {name} has no address (it is no valid name)")
NO_ADDRESS = later("the name {name} has no address ({problem})")
DENIED_NAME = later("this address is not called: {name} is {address}, which is in {network} of [agents] deny")
DENIED_ADDRESS = later("this address is not called: {address}, which is in {network} of [agents] deny")
PRIVATE_NAME = later(
    "this address is not called: {name} is {address}, which is in {network} and not public; [agents] allow opens it"
)
PRIVATE_ADDRESS = later(
    "this address is not called: {address}, which is in {network} and not public; [agents] allow opens it"
)
UNTRUSTED = later("its certificate is not trusted ({problem})")
OTHER_CERTIFICATE = later("its certificate is another one: expected {expected}, found {found}")
FINGERPRINT = later("{problem}; its fingerprint is {fingerprint}")
TLS_ENDED = later("TLS failed (the connection ended)")
TLS_FAILED = later("TLS failed ({problem})")
NO_FINGERPRINT = later("the fingerprint that is set is no SHA-256: 64 hexadecimal digits")
NO_TLS = later("it does not speak TLS, but a certificate is pinned")
WRONG_PASSWORD = later("it does not accept the password")
NO_PASSWORD = later("it asks for a password, and none is set here")
SIGNED_OUT = later("it ended the sign-in")
NO_TOKEN = later("it answered the sign-in without a token")
NO_NONCE = later("it answered the sign-in without nonce and salt")
FIRST_REQUEST = later("it answered {status} to the first request")
COMPRESSED = later("it compressed its answer, which was not asked for")
TOO_LARGE = later("its answer is larger than {size} MB")
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
    NO_HOST,
    UNTRUSTED,
    OTHER_CERTIFICATE,
    FINGERPRINT,
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
