"""A name as a part of an address."""

from werkzeug.routing import PathConverter


class Name(PathConverter):
    """Any text: it may hold slashes, and begin with one, where werkzeug's `path` would send the client away."""

    regex = ".+?"
    part_isolating = False
