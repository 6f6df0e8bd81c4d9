"""Names and numbers as parts of an address."""

from werkzeug.routing import IntegerConverter, PathConverter


class Name(PathConverter):
    """Any text: it may hold slashes and line ends, and begin with a slash, where werkzeug's `path` would send the
    client away."""

    regex = r"[\s\S]+?"
    part_isolating = False


class Number(IntegerConverter):
    """A number that may be an id. One with more digits is at no address, whichever method asks for it: werkzeug's own
    says of a number that is too large that the method is not allowed."""

    regex = r"\d{1,18}"
