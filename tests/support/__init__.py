"""What tests share: a clock, a server under test, bodies of reports, and both databases."""
