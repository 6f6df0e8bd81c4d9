"""One verb each: what the program does, in transactions, for whoever asks."""
