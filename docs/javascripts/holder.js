// Shows whom a credential was issued to, when the link that somebody shared says so in its fragment:
// #name=…&salt=…. The fragment never leaves the browser; the credential holds only the hash of both.
(() => {
  "use strict";
  const place = document.querySelector("[data-identity-hash]");
  const given = new URLSearchParams(window.location.hash.slice(1));
  // Whoever goes on to verify takes the name along.
  for (const link of document.querySelectorAll("a[data-verify]")) link.hash = window.location.hash;
  const name = given.get("name");
  const salt = given.get("salt");
  if (!place || !name || !salt) return;

  const say = (words) => { place.textContent = words; };
  // Characters that are invisible or turn a line round could make a name look like another.
  const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  const isPlain = name.length <= 200 && !hidden.test(name) && name.normalize("NFC") === name;
  if (!isPlain || !/^[0-9a-f]{32}$/.test(salt)) {
    say("Not shown: the name in this link cannot be checked.");
  } else if (!window.crypto || !window.crypto.subtle) {
    say("Not shown: this browser checks names on https pages only.");
  } else {
    window.crypto.subtle.digest("SHA-256", new TextEncoder().encode(name + salt)).then((digest) => {
      const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
      const fits = "sha256$" + hex.join("") === place.dataset.identityHash;
      say(fits
        ? `Issued to ${name}. The name came with your link, and it is the one that was signed.`
        : "Not shown: this credential was not issued to the name in your link.");
    });
  }
})();
