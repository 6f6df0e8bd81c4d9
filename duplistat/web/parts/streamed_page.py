"""Long pages, sent in two parts: their top can be read before the rest is rendered."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from flask import Response, current_app, stream_with_context
from markupsafe import Markup

from duplistat.web.access import csrf_token

# What a template has where its top ends, as `top_ends`. Nothing that is escaped can look like this.
TOP_ENDS = Markup("<!-- top -->")


def streamed_page(name: str, **values: Any) -> Response:
    """A page whose top is rendered now, so that an error in it is answered as one and its cookies are set; the rest is
    rendered when the top is sent, and reads no database."""
    # What forms below the top prove themselves with may need a cookie.
    csrf_token()
    current_app.update_template_context(values)
    # Not Flask's `stream_template`: begun in a view, it lets go of the request when that ends.
    pieces = current_app.jinja_env.get_template(name).generate(values, top_ends=TOP_ENDS)
    top = "".join(takewhile(TOP_ENDS.__ne__, pieces))
    return Response(_parts(top, stream_with_context(pieces)), mimetype="text/html")


def _parts(top: str, rest: Iterable[str]) -> Iterator[str]:
    yield top
    # As one: a browser lays out the growing table anew for each part that it gets.
    yield "".join(rest)
