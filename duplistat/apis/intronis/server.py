"""Authlib's authorization server over our clients. Slow to import: only the token endpoint does."""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Request
from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Payload,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from flask import request

from duplistat.http.caller import address_of
from duplistat.http.context import context
from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import digest
from duplistat.services.access.oauth_clients import Scope
from duplistat.store.clients import Client

METHODS = ["client_secret_basic", "client_secret_post"]
TOKEN_TYPE = "OAuth"  # noqa: S105  # the name of the scheme, no secret


class Known(ClientMixin):  # type: ignore[misc]  # Authlib is not typed
    """A client as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        return oauth_clients.secret_fits(self.client, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return True

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scopes that were asked for, or all that it has. Raises InvalidScopeError for one that it has not."""
        own = self.client.scopes.split()
        asked = (scope or "").split()
        if not set(asked) <= set(own):
            raise InvalidScopeError("This client does not have that scope")
        return " ".join(asked or own)


class Form(OAuth2Payload):  # type: ignore[misc]  # as above
    """The form alone: a secret does not belong into an address. `scope` may be joined by a real plus sign."""

    @property
    def data(self) -> dict[str, str]:
        form = request.form.to_dict()
        if "scope" in form:
            form["scope"] = form["scope"].replace("+", " ")
        return form

    @property
    def datalist(self) -> Any:
        return dict(request.form.lists())


def require_once(request: OAuth2Request) -> None:
    """Raises InvalidRequestError when a parameter is given more than once."""
    repeated = [name for name, values in request.payload.datalist.items() if len(values) > 1]
    if repeated:
        raise InvalidRequestError(f"{', '.join(sorted(repeated))[:100]}: given more than once")


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # as above
    """The standard's grant."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class NoGrant(ClientCredentials):
    """The partner's own name for it."""

    GRANT_TYPE = "none"


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # as above
    """A client gives back a token of its own."""

    CLIENT_AUTH_METHODS = METHODS

    def check_params(self, request: Any, client: Known) -> None:
        require_once(request)
        if not request.form.get("token"):
            raise InvalidRequestError("token is required")
        super().check_params(request, client)

    def query_token(self, token_string: str, token_type_hint: str | None) -> "Given":
        return Given(token_string)

    def revoke_token(self, token: "Given", request: Any) -> None:
        client: Known = request.client
        context().writes.run(oauth_clients.revoke_token, hash=digest(token.text), client=client.client.id)


class Given:
    """A token that somebody brings back; only its own client's is revoked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def check_client(self, client: Known) -> bool:
        return True


class Tokens(AuthorizationServer):  # type: ignore[misc]  # as above
    """Both grants and the revocation."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes_supported = [scope.value for scope in Scope]
        self.register_token_generator("default", _issue)
        self.register_grant(ClientCredentials)
        self.register_grant(NoGrant)
        self.register_endpoint(Revocation)

    def create_token_response(self, _: Any = None) -> Any:
        """Authlib takes a request without a grant for one with a grant that is not supported."""
        asked = self.create_oauth2_request(None)
        try:
            require_once(asked)
            if not asked.payload.grant_type:
                # One without a value is as if it were left out: RFC 6749, 3.2.
                raise InvalidRequestError("grant_type is required, in a form: none or client_credentials")
        except InvalidRequestError as e:
            return self.handle_error_response(asked, e)
        return super().create_token_response()

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> Known:
        try:
            found: Known = super().authenticate_client(request, methods, endpoint)
        except ValueError as e:
            # Basic authorization that is empty, or no UTF-8.
            raise InvalidClientError() from e
        return found

    def query_client(self, client_id: str) -> Known | None:
        found = oauth_clients.find(context().db, client_id)
        return Known(found) if found else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """It is kept when it is made."""

    def create_oauth2_request(self, _: Any) -> OAuth2Request:
        made = FlaskOAuth2Request(request)
        made.payload = Form()
        return made

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Any:
        if error.error == "invalid_client":
            # For an unknown client and a wrong secret alike.
            error.status_code = 401
            error.description = "The client is not known, or its secret is wrong"
        return super().handle_error_response(request, error)


def _issue(*, client: Known, scope: str | None = None, **_: Any) -> dict[str, Any]:
    """A new token in the words of the answer."""
    ctx = context()
    scopes, seconds = client.get_allowed_scope(scope), ctx.config.oauth.token_seconds
    token = oauth_clients.issue(
        ctx.writes,
        client.client,
        scopes,
        now=ctx.now(),
        seconds=seconds,
        address=address_of(request, ctx.config.server.trusted_proxies),
    )
    return {
        "access_token": token,
        "token_type": TOKEN_TYPE,
        "expires_in": seconds,
        "scope": scopes,
    }
