"""new: write a twin that runs as it stands, and the track that names it, for authors to change.

Nothing that exists is touched.
"""
