// Hands the credential beside this page to the Learner Credential Wallet, by value, when asked to:
// dccrequest://request?request=<JSON>, an offer as its source reads it. Nothing is sent before, and
// nothing to anybody but that app.
(() => {
  "use strict";
  const place = document.querySelector("[data-wallet]");
  const link = place && place.querySelector("a");
  if (!link) return;

  const VC = "https://www.w3.org/ns/credentials/v2";
  // The wallet decodes the address once or twice: what would not survive is written as JSON does.
  const lasting = (text) => text.replaceAll("%", "\\u0025").replaceAll("+", "\\u002b");
  const offer = (credential) => {
    const presented = `{"@context":["${VC}"],"type":["VerifiablePresentation"],` +
      `"verifiableCredential":[${credential}]}`;
    return `{"credentialRequestOrigin":${JSON.stringify(window.location.origin)},` +
      `"verifiablePresentation":${presented}}`;
  };
  // As it was signed, text for text: a number that was read and written again may be another.
  link.addEventListener("click", (event) => {
    if (link.protocol === "dccrequest:") return;
    event.preventDefault();
    fetch("credential.json")
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then((credential) => {
        const request = encodeURIComponent(lasting(offer(credential.trim())));
        link.href = `dccrequest://request?request=${request}`;
        window.location.assign(link.href);
      })
      .catch(() => { link.after(" The credential could not be read; use its address."); });
  });
  place.hidden = false;
})();
