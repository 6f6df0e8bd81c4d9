"""What Duplicati 2.0 to 2.3 sends: JSON reports, text reports, live status, users' own templates."""
