// Makes bundle.json of the files beside this page, when asked to: the credential with the issuer's
// keys, its status of today, and what others said of it, as `jobtwin verify bundle.json` reads them.
// Nothing is asked of anybody but this site.
(() => {
  "use strict";
  const place = document.querySelector("[data-bundle]");
  const link = place && place.querySelector("a");
  if (!link || !window.crypto.subtle) return;

  const root = "../../../";
  const site = place.dataset.site + "/";
  const read = async (path) => {
    const answer = await fetch(root + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.arrayBuffer();
  };
  const hex = (bytes) =>
    Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  // As they are served, byte for byte: whoever reads the bundle compares the digests.
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const file = async (line) => {
    const [role, path, url = site + path] = line.split(" ");
    const bytes = await read(path);
    const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
    return { role, url, sha256, text: utf8.decode(bytes) };
  };
  const bundle = async () => {
    const beginning = JSON.parse(utf8.decode(await read("credentials/bundle.json")));
    const files = await Promise.all(place.dataset.bundle.split("\n").map(file));
    return `${JSON.stringify({ ...beginning, files }, null, 2)}\n`;
  };
  link.addEventListener("click", (event) => {
    if (link.protocol === "blob:") return;
    event.preventDefault();
    bundle()
      .then((text) => {
        link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
        link.click();
      })
      .catch(() => { link.after(" (could not be made: a file of it could not be read)"); });
  });
  place.hidden = false;
})();
