"""One row to write to: whether writes succeed is found out by writing."""

from typing import Any

from peewee import BigIntegerField, BlobField, IntegerField, Model


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class WriteProbe(Base):
        id = IntegerField(primary_key=True)
        at = BigIntegerField()
        # As many bytes as were tried.
        filler = BlobField()

    db.create_tables([WriteProbe])
