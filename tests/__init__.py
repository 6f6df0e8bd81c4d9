"""The tests of duplistat."""

import os
import sys

# Without bytecode each process of the tests, and each server that they start, compiles everything anew. Containers
# often forbid it.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
