"""How many requests of one address are unfinished, over all worker processes: numbers in memory that they share."""

import mmap

# Addresses are spread over these by a hash that nobody outside can foresee. Two that meet count together.
SLOTS = 1 << 16


class Tally:
    """Made before the workers are. Each of them writes in a row of its own, and reads those of all."""

    def __init__(self, rows: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, rows * SLOTS * 2)).cast("H")

    def begin(self, row: int) -> None:
        """Forget what a worker that is gone left in a row."""
        self._counts[row * SLOTS : (row + 1) * SLOTS] = memoryview(bytes(SLOTS * 2)).cast("H")

    def add(self, row: int, address: str, number: int) -> None:
        """Count one more (1) or less (-1) of a worker's."""
        self._counts[row * SLOTS + hash(address) % SLOTS] += number

    def total(self, address: str) -> int:
        """How many there are, of all workers."""
        return sum(self._counts[hash(address) % SLOTS :: SLOTS])
