"""`python -m bench`, whose servers are forks of a process that has imported duplistat."""

import sys
from unittest import mock

from bench import server
from bench.__main__ import main
from tests.support.forks import popen

if __name__ == "__main__":
    with mock.patch.object(server, "Popen", popen):
        sys.exit(main())
