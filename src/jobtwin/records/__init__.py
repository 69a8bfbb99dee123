"""One module per file format: what a file holds, and findings where it does not."""
