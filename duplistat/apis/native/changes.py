"""A change that a program makes: who it is, that it may, and that what it repeats is done once."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native.problem_answers import said
from duplistat.apis.native.values import Shape
from duplistat.core.bucket import Token
from duplistat.core.errors import DuplistatError, Kind, Problem
from duplistat.http.caller import Caller, caller_of
from duplistat.http.context import Context, context
from duplistat.services.access import once, rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.audit import By, Signature
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import idempotency

IDEMPOTENCY_KEY = "Idempotency-Key"
# A header has no other characters, and one that is longer names nothing.
A_KEY = "[!-~]([ -~]{0,253}[!-~])?"
OTHER_REQUEST = "This Idempotency-Key was used for another request"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Changing:
    """Who changes something, with a key that may. `sees` are the accounts whose things it may change."""

    ctx: Context
    caller: Caller
    sees: tuple[int, ...]

    def signature(self) -> Signature:
        """What every command that is noted takes: in the name of the key, now."""
        by = By(None, f"key {self.caller.name}", self.caller.address)
        return {"by": by.plain(), "now": self.ctx.now()}

    def account(self, wanted: int | None) -> int:
        """The account that something is made for. Raises DuplistatError (invalid) for one that the key does not see."""
        account = self.caller.account if wanted is None else wanted
        if account not in self.sees:
            raise DuplistatError(Kind.INVALID, "There is no such account", field="account_id")
        return account

    def carry_out(
        self,
        body: bytes,
        make: Callable[[], WriteCommand[R]],
        answer: Callable[[R], Shape | None],
        status: int = 200,
    ) -> Response:
        """Make the change that `make` gives, and answer with what `answer` makes of its outcome; None: nothing, 204.

        With an Idempotency-Key it is made once: the same request has the answer of the first one, another one under
        that key is refused with 422. Raises DuplistatError: as `make` and the command, and too_many.
        """
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None:
            return _answer(answer(self.ctx.writes.submit(make(), self._token())), status)
        if not re.fullmatch(A_KEY, key):
            problem = Problem(IDEMPOTENCY_KEY, "must have 1 to 255 visible ASCII characters")
            raise DuplistatError(Kind.INVALID, f"{problem.field} {problem.problem}", [problem])
        hash = _digest(str(self.caller.key), key)
        asked = _digest(request.method, request.path, hashlib.sha256(body).hexdigest())
        # What was done may have taken away what `make` looks for.
        done = once.known(self.ctx.db, hash, asked)
        if done is None:
            change = make()
            held = prepare(
                once.carry_out_once,
                hash=hash,
                request=asked,
                name=change.name,
                arguments=change.arguments,
                now=self.ctx.now(),
            )
            done = self.ctx.writes.submit(held, self._token())
        if done["other"]:
            return said(422, "IdempotencyKeyError", OTHER_REQUEST)
        if done["status"] != idempotency.UNANSWERED:
            return _stored(done["body"], done["status"])
        response = _answer(answer(done["result"]), status)
        self.ctx.writes.run(
            once.keep_answer, hash=hash, status=response.status_code, body=response.get_data(as_text=True)
        )
        return response

    def count(self) -> None:
        """Count a request that changes nothing as one that does. Raises DuplistatError (too_many)."""
        self.ctx.writes.submit(prepare(rate_limits.take_token), self._token())

    def _token(self) -> Token | None:
        if self.caller.key is None:
            raise DuplistatError(Kind.UNAUTHORIZED, "An API key is needed")
        return rate_limits.token_of(rate_limits.for_changes(self.caller.key), self.ctx.now())


def changing(scope: Scope = Scope.ADMIN) -> Changing:
    """Whoever asks with a key of a scope. Raises DuplistatError: unauthorized, forbidden, too_many."""
    ctx = context()
    caller = caller_of(request, ctx, scope, always_key=True)
    return Changing(ctx, caller, caller.sees)


def as_json(shape: Shape) -> Response:
    """A shape as an answer of the moment."""
    return _stored(shape.model_dump_json(), 200)


def _answer(shape: Shape | None, status: int) -> Response:
    return _stored("", 204) if shape is None else _stored(shape.model_dump_json(), status)


def _stored(body: str, status: int) -> Response:
    response = Response(body, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if status == 204:
        del response.headers["Content-Type"]
    return response


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
