"""The OpenAPI document: mail as intake."""

from functools import partial

from duplistat.apis.native import mail_models as models
from duplistat.apis.native import operation
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

ADDRESSES, RULES = "/api/v1/mail-addresses", "/api/v1/mail-rules"
read = partial(operation.read, tag="Mail", scope=Scope.KEYS_ADMIN, query=ByIdQuery)
change = partial(operation.change, tag="Mail", scope=Scope.KEYS_ADMIN)

MAIL_OPERATIONS = (
    read(
        "listMailAddresses",
        ADDRESSES,
        summary="Addresses that take mails in, by id",
        answer=models.MailAddressList,
        description="Without their secrets.",
    ),
    change(
        "createMailAddress",
        "post",
        ADDRESSES,
        summary="Create an address that takes mails in",
        body=models.NewMailAddress,
        answer=models.MailAddressMade,
        status=201,
        description="It is shown once: only a hash of it is stored.",
    ),
    change(
        "revokeMailAddress",
        "delete",
        f"{ADDRESSES}/{{id}}",
        summary="Revoke an address that takes mails in",
        body=Nothing,
        answer=None,
        about="mail address",
        status=204,
        description="Mails to it are refused.",
    ),
    read(
        "listMailRules",
        RULES,
        summary="Rules for mails, by id",
        answer=models.MailRuleList,
        description="Those of accounts, which are tried before those that are built in.",
    ),
    change(
        "createMailRule",
        "post",
        RULES,
        summary="Create a rule for mails",
        body=models.NewMailRule,
        answer=models.MailRule,
        status=201,
    ),
    change(
        "removeMailRule",
        "delete",
        f"{RULES}/{{id}}",
        summary="Remove a rule for mails",
        body=Nothing,
        answer=None,
        about="mail rule",
        status=204,
    ),
    operation.change(
        "tryMail",
        "post",
        f"{RULES}/try",
        "Mail",
        "What would be understood of a mail",
        models.MailToTry,
        models.MailTried,
        description="Nothing is recorded: the scope `read` is enough.",
        scope=Scope.READ,
    ),
)
