"""Our own API: what is stored, and alerts, as JSON, and the document that describes it. Its page: docs/api.md."""
