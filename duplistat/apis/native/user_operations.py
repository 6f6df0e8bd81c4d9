"""The OpenAPI document: users."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import user_models as models
from duplistat.apis.native.parameters import NewestQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

USERS, USER = "/api/v1/users", "/api/v1/users/{id}"
read = partial(operation.read, tag="Users", scope=Scope.USERS_ADMIN)
change = partial(operation.change, tag="Users", scope=Scope.USERS_ADMIN)
of_one = partial(change, about="user")

USER_OPERATIONS = (
    read("listUsers", USERS, summary="Users, newest first", answer=models.UserList, query=NewestQuery),
    read("getUser", USER, summary="One user", answer=models.User, about="user"),
    change(
        "createUser",
        "post",
        USERS,
        summary="Create a user",
        body=models.NewUser,
        answer=models.User,
        status=201,
        description="Without a password a link to choose one is mailed, where mail is set up.",
    ),
    of_one(
        "changeUser",
        "patch",
        USER,
        summary="Change a user",
        body=models.UserSettingsChanges,
        answer=models.User,
        description="E-mail, name and role. The last admin of `main` stays one.",
    ),
    of_one(
        "mailPasswordLink",
        "post",
        f"{USER}/mail",
        summary="Mail a user a link to choose a password",
        body=Nothing,
        answer=models.User,
    ),
    of_one(
        "setPassword",
        "post",
        f"{USER}/password",
        summary="Set the password of a user",
        body=models.NewPassword,
        answer=models.User,
        description="All sessions of the user end. A lock after failed sign-ins stays.",
    ),
    of_one(
        "endSessions",
        "post",
        f"{USER}/end-sessions",
        summary="Sign a user out everywhere",
        body=Nothing,
        answer=models.Ended,
    ),
    of_one("removeUser", "delete", USER, summary="Remove a user", body=Nothing, answer=None, status=204),
)
