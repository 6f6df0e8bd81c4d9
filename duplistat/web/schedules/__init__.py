"""All jobs' schedules in one table, to look at and to set, also as a spreadsheet."""
