"""Text as the parts of one gzip file, made while it is sent."""

import zlib
from collections.abc import Iterable, Iterator


def gzipped(lines: Iterable[str]) -> Iterator[bytes]:
    machine = zlib.compressobj(wbits=31)
    for line in lines:
        if part := machine.compress(line.encode("utf-8", "surrogatepass")):
            yield part
    yield machine.flush()
