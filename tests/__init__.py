"""The tests of duplistat."""
