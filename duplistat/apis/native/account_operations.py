"""The OpenAPI document: accounts."""

from functools import partial

from duplistat.apis.native import account_models as models
from duplistat.apis.native import operation
from duplistat.apis.native.exports import KIND
from duplistat.apis.native.job_models import Begun
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

ACCOUNTS, ACCOUNT = "/api/v1/accounts", "/api/v1/accounts/{id}"
read = partial(operation.read, tag="Accounts", scope=Scope.ACCOUNTS_ADMIN)
change = partial(operation.change, tag="Accounts", scope=Scope.ACCOUNTS_ADMIN)
of_one = partial(change, about="account", answer=models.Account)
BELOW = "An account below that of the key."

ACCOUNT_OPERATIONS = (
    read("listAccounts", ACCOUNTS, summary="Accounts, by id", answer=models.AccountList, query=ByIdQuery),
    read("getAccount", ACCOUNT, summary="One account", answer=models.Account, about="account"),
    change(
        "createAccount",
        "post",
        ACCOUNTS,
        summary="Create an account",
        body=models.NewAccount,
        answer=models.Account,
        status=201,
        description="Below the account of the key, or one that is below it. Made by another account than `main`, it has"
        " the name of that before its own.",
    ),
    of_one(
        "changeAccount",
        "patch",
        ACCOUNT,
        summary="Change an account",
        body=models.AccountSettingsChanges,
        description="Name and time zone; the key's own account keeps its name.",
    ),
    of_one(
        "moveAccount",
        "post",
        f"{ACCOUNT}/move",
        summary="Move an account below another one",
        body=models.Move,
        description=f"With all below it. {BELOW}",
    ),
    of_one(
        "suspendAccount",
        "post",
        f"{ACCOUNT}/suspend",
        summary="Suspend an account",
        body=Nothing,
        description=f"With all below it: its keys and users are refused. {BELOW}",
    ),
    of_one(
        "reactivateAccount",
        "post",
        f"{ACCOUNT}/reactivate",
        summary="Reactivate an account",
        body=Nothing,
        description=f"With all below it. {BELOW}",
    ),
    change(
        "exportAccount",
        "post",
        f"{ACCOUNT}/export",
        summary="Export an account",
        body=Nothing,
        answer=None,
        about="account",
        file=KIND,
        description="All that it and those below it have, line by line; it is noted who took it.",
    ),
    change(
        "deleteAccount",
        "delete",
        ACCOUNT,
        summary="Delete an account",
        body=Nothing,
        answer=Begun,
        about="account",
        status=202,
        description=f"One that is suspended, with all below it, in the background. {BELOW}",
    ),
)
