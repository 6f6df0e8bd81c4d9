"""How requests arrive, whole before a thread answers them, and how answers leave: in time, and within bounds."""
