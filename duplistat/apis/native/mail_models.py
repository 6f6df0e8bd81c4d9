"""Mail as intake in our JSON, in answers and in what is sent: addresses, and rules for what mails mean."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import NOT_BLANK, GivenId, Name, Sent
from duplistat.apis.native.values import Cursor, Id, Shape, Time
from duplistat.core.alerts.reading import LONGEST
from duplistat.core.status import Status
from duplistat.core.text import clean
from duplistat.core.wildcards import LONGEST as LONGEST_PATTERN
from duplistat.services.mail_intake.trial import MOST_PASTED

Place = Literal["subject", "body"]
RuleStatus = Literal["success", "warning", "failed", "interrupted", "unknown", "none"]
RuleOperation = Literal["backup", "verify", "restore", "prune", "other"]
Of = Annotated[str, Field(max_length=LONGEST), AfterValidator(clean)]
Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN, pattern=NOT_BLANK)]
PLACE = "Where the line stands: the subject, or the text"
PATTERN = "A whole line; `*` is anything, `{server}` and `{job}` are names that stand there"
STATUS = "How a run ended; `unknown`: only the names count; `none`: the mail contains no run"
OPERATION = "What was done"
SERVER = "Server whose mails come there; empty for what they say"
JOB = "Job whose mails come there; empty for what they say"
ACCOUNT = "Account that it is of; null for that of the key"


class MailAddress(Shape):
    """An address that takes mails in, without its secret."""

    id: Id = Field(description="Id of the address", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["nas"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    server: str = Field(description=SERVER, examples=["nas-attic"])
    job: str = Field(description=JOB, examples=[""])
    hint: str = Field(description="How it begins", examples=["k3v7"])
    mails: int = Field(description="How many mails came", examples=[12])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])
    used_at: Time | None = Field(description="When a mail came last; null for never", examples=[None])


class MailAddressMade(MailAddress):
    """A new address, with its secret."""

    address: str | None = Field(
        description="The address, shown once; null where a request is repeated",
        examples=["k3v7aaaaaaaaaaaaaaaaaaaa@backups.example.org"],
    )


class MailAddressList(Shape):
    """A page of addresses, by id."""

    mail_addresses: list[MailAddress] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewMailAddress(Sent):
    """An address to create."""

    name: Name = Field(description="Name, unique in its account", examples=["nas"])
    server: Of = Field("", description=SERVER, examples=["nas-attic"])
    job: Of = Field("", description=JOB, examples=[""])
    account_id: GivenId | None = Field(None, description=ACCOUNT, examples=[None])


class MailRule(Shape):
    """A rule of an account for what mails mean."""

    id: Id = Field(description="Id of the rule: in their order rules are tried", examples=[1])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    place: Place = Field(description=PLACE, examples=["subject"])
    pattern: str = Field(description=PATTERN, examples=["Backup of {job} completed"])
    status: RuleStatus = Field(description=STATUS, examples=["success"])
    operation: RuleOperation = Field(description=OPERATION, examples=["backup"])


class MailRuleList(Shape):
    """A page of rules for mails, by id."""

    mail_rules: list[MailRule] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewMailRule(Sent):
    """A rule for mails to create. It is tried after those that there are."""

    place: Place = Field("subject", description=PLACE, examples=["subject"])
    pattern: Pattern = Field(description=PATTERN, examples=["Backup of {job} completed"])
    status: RuleStatus = Field(description=STATUS, examples=["success"])
    operation: RuleOperation = Field("backup", description=OPERATION, examples=["backup"])
    account_id: GivenId | None = Field(None, description=ACCOUNT, examples=[None])


class MailToTry(Sent):
    """A mail to be tried."""

    subject: Annotated[str, Field(max_length=LONGEST_PATTERN)] = Field(
        "", description="Its subject", examples=["Backup of db1 completed"]
    )
    text: Annotated[str, Field(max_length=MOST_PASTED)] = Field(
        "", description="Its text", examples=["Done."]
    )
    account_id: GivenId | None = Field(
        None, description="Account whose rules are tried; null for that of the key", examples=[None]
    )


class MailRuleThatFits(Shape):
    """The rule that fits a mail, be it of the account or built in."""

    name: str = Field(
        description="Whose mails it is for; `own` for a rule of the account", examples=["Veeam"]
    )
    place: Place = Field(description=PLACE, examples=["subject"])
    pattern: str = Field(description=PATTERN, examples=["*[Failed] {job}"])
    status: RuleStatus = Field(description=STATUS, examples=["failed"])
    operation: RuleOperation = Field(description=OPERATION, examples=["backup"])


class MailRun(Shape):
    """A run found in a mail."""

    server: str = Field(description="Name of its server", examples=["nas-attic"])
    job: str = Field(description="Name of its job", examples=["db1"])
    operation: str = Field(description="What was done", examples=["backup"])
    status: Status = Field(description="How it ended", examples=["success"])


class MailTried(Shape):
    """What would be understood of a mail."""

    rule: MailRuleThatFits | None = Field(description="The rule that fits; null for none")
    runs: list[MailRun] = Field(description="The runs that would be recorded")
