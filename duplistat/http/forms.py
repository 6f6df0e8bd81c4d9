"""Small forms that people and programs send, urlencoded or multipart."""

import io

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.body import read_body

# The limits of reports are not for them.
MOST_BYTES = 256 * 1024
MOST_PARTS = 100


def bound(request: Request, most: int = MOST_BYTES) -> None:
    """Have Flask read no more of a form than `most` bytes, with its files; it raises RequestEntityTooLarge."""
    request.max_content_length = most
    request.max_form_memory_size = MOST_BYTES
    request.max_form_parts = MOST_PARTS


def form_of(request: Request) -> list[tuple[str, str]]:
    """(name, value) in order; nothing of the address, which ends in logs. A body of another type has none.

    Raises DuplistatError: too_large, or invalid for a body that is not the form that it claims to be.
    """
    try:
        body = read_body(request, MOST_BYTES)
    except DuplistatError:
        raise DuplistatError(Kind.TOO_LARGE, f"The form is larger than {MOST_BYTES} bytes") from None
    # Scripts that write their requests themselves forget to say.
    kind = request.mimetype or "application/x-www-form-urlencoded"
    parser = FormDataParser(
        max_form_memory_size=MOST_BYTES, max_content_length=MOST_BYTES, max_form_parts=MOST_PARTS
    )
    try:
        _, form, _ = parser.parse(io.BytesIO(body), kind, len(body), request.mimetype_params)
    except (HTTPException, ValueError) as e:
        raise DuplistatError(Kind.INVALID, "The body is not a form, or has too many parts") from e
    return [(name, value) for name, values in form.lists() for value in values]
