"""What several pages show: tables of jobs and runs, strips, reasons, counts and states."""
