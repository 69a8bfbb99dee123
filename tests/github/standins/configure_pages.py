"""actions/configure-pages: where the site will be."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.github.standins import runner

url = urlsplit(runner.job()["pages"])
with_underscores = {
    "base_url": url.geturl(),
    "origin": f"{url.scheme}://{url.netloc}",
    "base_path": url.path,
}
runner.output(host=url.netloc)
for name, value in with_underscores.items():
    runner.plain_output(name, value)
