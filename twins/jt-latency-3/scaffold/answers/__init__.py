"""Answers to customers' questions about products."""
