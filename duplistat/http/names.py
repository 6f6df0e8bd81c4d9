"""A name as a part of an address."""

from werkzeug.routing import PathConverter


class Name(PathConverter):
    """Any text: it may hold slashes and line ends, and begin with a slash, where werkzeug's `path` would send the
    client away."""

    regex = r"[\s\S]+?"
    part_isolating = False
