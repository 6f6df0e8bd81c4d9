"""What the server does in a second, measured against real processes on this machine: `python -m bench`."""
