"""Rows in, rows out: the only place that knows SQL.

The statements are plain text, prepared once by the driver: measured here, a model object a row costs more
than half of an upload. peewee opens and pools the connections, holds the transactions and runs the migrations.
"""
