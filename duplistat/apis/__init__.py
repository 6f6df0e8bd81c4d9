"""One module (or package) a wire protocol. None imports another."""
