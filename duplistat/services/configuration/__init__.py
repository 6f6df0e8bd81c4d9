"""Settings made on the pages, stored secrets, and the libraries in use."""
