"""`python -m duplistat`."""

from duplistat.cli import main

main()
