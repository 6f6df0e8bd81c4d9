"""What the words mean. Pure: no clock, no I/O, no Flask, no peewee."""
