"""The only place that runs others' code: prepare → run → score, three trust levels."""
