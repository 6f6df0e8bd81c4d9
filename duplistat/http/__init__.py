"""What every protocol and page shares: the body, the caller, the answer. Knows Flask, but no protocol."""
