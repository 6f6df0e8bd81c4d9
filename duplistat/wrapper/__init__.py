"""What runs a backup elsewhere and reports it: a file that stands alone, for Python and for shells."""
