"""The OpenAPI document: API keys and OAuth clients."""

from functools import partial

from duplistat.apis.native import key_models as models
from duplistat.apis.native import operation
from duplistat.apis.native.parameters import NewestQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

KEYS, CLIENTS = "/api/v1/keys", "/api/v1/clients"
read = partial(operation.read, tag="API keys", scope=Scope.KEYS_ADMIN)
change = partial(operation.change, tag="API keys", scope=Scope.KEYS_ADMIN)
ONCE = "Under an `Idempotency-Key` it is created once, but its secret is shown in the first answer only."

KEY_OPERATIONS = (
    read("listKeys", KEYS, summary="API keys, newest first", answer=models.ApiKeyList, query=NewestQuery),
    read("getKey", f"{KEYS}/{{id}}", summary="One API key", answer=models.ApiKey, about="key"),
    change(
        "createKey",
        "post",
        KEYS,
        summary="Create an API key",
        body=models.NewApiKey,
        answer=models.ApiKeyMade,
        status=201,
        description=f"With scopes that the key that asks has itself. {ONCE}",
    ),
    change(
        "rotateKey",
        "post",
        f"{KEYS}/{{id}}/rotate",
        summary="Rotate an API key",
        body=models.Rotation,
        answer=models.ApiKeyMade,
        about="key",
        description=f"One whose scopes the key that asks has itself. {ONCE}",
    ),
    change(
        "revokeKey",
        "post",
        f"{KEYS}/{{id}}/revoke",
        summary="Revoke an API key",
        body=Nothing,
        answer=models.ApiKey,
        about="key",
        description="It is refused from now on.",
    ),
    read(
        "listClients",
        CLIENTS,
        summary="OAuth clients, newest first",
        answer=models.ClientList,
        query=NewestQuery,
    ),
    read("getClient", f"{CLIENTS}/{{id}}", summary="One OAuth client", answer=models.Client, about="client"),
    change(
        "createClient",
        "post",
        CLIENTS,
        summary="Create an OAuth client",
        body=models.NewClient,
        answer=models.ClientMade,
        status=201,
        description=ONCE,
    ),
    change(
        "revokeClient",
        "post",
        f"{CLIENTS}/{{id}}/revoke",
        summary="Revoke an OAuth client",
        body=Nothing,
        answer=models.Client,
        about="client",
        description="With every token that it has.",
    ),
)
