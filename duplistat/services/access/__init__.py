"""What programs come in with: API keys, OAuth clients, and rate limits."""
