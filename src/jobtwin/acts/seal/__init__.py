"""seal: what becomes of sealed attempts in the end: read, published, or beyond anybody's reach."""
