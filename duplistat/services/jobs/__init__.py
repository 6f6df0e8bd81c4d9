"""Jobs: what runs make of their state, what people set on them, and how they are deleted."""
