"""How often the alarm is wrong: made-up jobs of which everything is known, played to the learner and the services."""
