"""A change that a program makes: who it is, that it may, that what it repeats is done once, and that it loses nobody's
change.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from flask import Response, request

from duplistat.apis.native.answers import DASH, etag_of
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
from duplistat.store import idempotency, versions

IDEMPOTENCY_KEY, IF_MATCH = "Idempotency-Key", "If-Match"
# A header has no other characters, and one that is longer names nothing.
A_KEY = "[!-~]([ -~]{0,253}[!-~])?"
OTHER_REQUEST = "This Idempotency-Key was used for another request"

R = TypeVar("R")


class Thing(NamedTuple):
    """What a request is about: a kind of store.versions, and an id; None for one that is made."""

    kind: str
    id: int | None = None


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

    @property
    def whole(self) -> bool:
        """Whether the key is of `main`: what is of the whole server, and of no account, is for such keys alone."""
        return self.caller.account == self.ctx.main_account

    def carry_out(
        self,
        body: bytes,
        make: Callable[[], WriteCommand[R]],
        answer: Callable[[R], Shape | None],
        status: int = 200,
        *,
        of: Thing | None = None,
        gives: Thing | None = None,
    ) -> Response:
        """Make the change that `make` gives, and answer with what `answer` makes of its outcome; None: nothing, 204.

        `of` is what it is about: with an If-Match it is made only while that is as it was seen. `gives` is what is
        answered, where that is another thing. With an Idempotency-Key it is made once: the same request has the answer
        of the first one, another one under that key is refused with 422. Raises DuplistatError: as `make` and the
        command, changed, and too_many.
        """
        key = request.headers.get(IDEMPOTENCY_KEY)

        def to_do() -> WriteCommand[R]:
            return _if_match(make(), of)

        def told(result: R) -> Response:
            return self._told(result, answer, gives or of, status)

        if key is None:
            return told(self.ctx.writes.submit(to_do(), self._token()))
        done = self._once(key, body, to_do, secret=False)
        if done["other"]:
            return said(422, "IdempotencyKeyError", OTHER_REQUEST)
        if done["status"] != idempotency.UNANSWERED:
            return _stored(done["body"], done["status"])
        response = told(done["result"])
        self.ctx.writes.run(
            once.keep_answer,
            hash=self._hash(key),
            status=response.status_code,
            body=response.get_data(as_text=True),
        )
        return response

    def carry_out_secretly(
        self,
        body: bytes,
        make: Callable[[], WriteCommand[R]],
        answer: Callable[[R | None], Shape],
        status: int = 200,
        *,
        of: Thing | None = None,
    ) -> Response:
        """The same for a change whose outcome is a secret, which is stored nowhere.

        The same request again is answered with what `answer` makes of None: as it is then, without the secret.
        """
        key = request.headers.get(IDEMPOTENCY_KEY)

        def to_do() -> WriteCommand[R]:
            return _if_match(make(), of)

        if key is None:
            return self._told(self.ctx.writes.submit(to_do(), self._token()), answer, of, status)
        done = self._once(key, body, to_do, secret=True)
        if done["other"]:
            return said(422, "IdempotencyKeyError", OTHER_REQUEST)
        return self._told(done["result"], answer, of, status)

    def _once(
        self, key: str, body: bytes, to_do: Callable[[], WriteCommand[R]], *, secret: bool
    ) -> once.Done:
        """What a request under an Idempotency-Key gives, or gave. Raises DuplistatError."""
        if not re.fullmatch(A_KEY, key):
            problem = Problem(IDEMPOTENCY_KEY, "must have 1 to 255 visible ASCII characters")
            raise DuplistatError(Kind.INVALID, f"{problem.field} {problem.problem}", [problem])
        hash = self._hash(key)
        asked = _digest(request.method, request.path, hashlib.sha256(body).hexdigest())
        # What was done may have taken away what is looked for to do it.
        done = once.known(self.ctx.db, hash, asked)
        if done is not None:
            return done
        change = to_do()
        held = prepare(
            once.carry_out_once,
            hash=hash,
            request=asked,
            name=change.name,
            arguments=change.arguments,
            now=self.ctx.now(),
            secret=secret,
        )
        return self.ctx.writes.submit(held, self._token())

    def _hash(self, key: str) -> str:
        return _digest(str(self.caller.key), key)

    def _told(
        self, result: R, answer: Callable[[R], Shape | None], thing: Thing | None, status: int
    ) -> Response:
        """The answer to a change that was made, with the ETag of what it tells of."""
        kind, id = thing or Thing("")
        id = result if id is None and isinstance(result, int) else id
        # Before all else is read of it: so what changes in between is never taken for seen.
        version = versions.of(self.ctx.db, kind, id) if kind in versions.KINDS and id is not None else ""
        shape = answer(result)
        if shape is None:
            return _stored("", 204)
        body = shape.model_dump_json()
        response = _stored(body, status)
        if version:
            response.set_etag(etag_of(body.encode(), version))
        return response

    def count(self) -> None:
        """Count a request that changes nothing as one that does. Raises DuplistatError (too_many)."""
        self.note(prepare(rate_limits.take_token))

    def note(self, change: WriteCommand[None]) -> None:
        """Note what is handed out, which is no answer to be stored. Raises DuplistatError, also too_many."""
        self.ctx.writes.submit(change, self._token())

    def _token(self) -> Token | None:
        if self.caller.key is None:
            raise DuplistatError(Kind.UNAUTHORIZED, "An API key is needed")
        return rate_limits.token_of(rate_limits.for_changes(self.caller.key), self.ctx.now())


def changing(scope: Scope) -> Changing:
    """Whoever asks with a key of a scope. Raises DuplistatError: unauthorized, forbidden, too_many."""
    ctx = context()
    caller = caller_of(request, ctx, scope, always_key=True)
    return Changing(ctx, caller, caller.sees)


def as_json(shape: Shape) -> Response:
    """A shape as an answer of the moment."""
    return _stored(shape.model_dump_json(), 200)


def _if_match(change: WriteCommand[R], thing: Thing | None) -> WriteCommand[R]:
    """A change that is made only while a thing is as the caller saw it, if the caller says as what."""
    if thing is None or thing.id is None or IF_MATCH not in request.headers or request.if_match.star_tag:
        return change
    # What is written as no tag should be is None there: it names no version.
    tags = filter(None, request.if_match.as_set())
    return prepare(
        once.carry_out_if,
        kind=thing.kind,
        id=thing.id,
        seen=sorted({tag.partition(DASH)[0] for tag in tags}),
        name=change.name,
        arguments=change.arguments,
    )


def _stored(body: str, status: int) -> Response:
    response = Response(body, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if status == 204:
        del response.headers["Content-Type"]
    return response


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
