"""How requests arrive: whole, in time, and within bounds, before a thread answers them."""
