"""What the clock does: APScheduler's constant jobs, and the lease that says whose clock it is."""
