"""One module per ruling: records and a moment in, a ruling or findings out. No input or output."""
