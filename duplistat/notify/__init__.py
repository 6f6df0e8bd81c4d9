"""How messages leave: knows neither Flask nor the database."""
