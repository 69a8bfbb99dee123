"""Retrieval over messy documents: a world of PDFs, questions about it, and the score."""
