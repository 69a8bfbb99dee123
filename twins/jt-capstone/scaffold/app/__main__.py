"""Start the service at PORT: `python -m app`."""

from __future__ import annotations

import os

from app.server import serve

if __name__ == "__main__":
    serve(int(os.environ.get("PORT", "8080")))
