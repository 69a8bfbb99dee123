"""The only git: records are read from a commit and added by a commit."""
