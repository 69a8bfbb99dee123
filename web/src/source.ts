// What somebody pasted, dropped or linked to, as an address to fetch or a file to read.
import { fromLink, NOBODY, type Shown } from "./holder.ts";

/** An address, with the name that its fragment shows. */
export interface Asked {
  readonly url: string;
  readonly shown: Shown;
}

/** Return what a text asks for: an address, or the text of a credential itself. */
export function readPasted(text: string, page: URL): Asked | Uint8Array {
  const pasted = text.trim();
  if (/^(?:\{|eyJ|<)/.test(pasted)) return new TextEncoder().encode(pasted);
  return readAddress(pasted, page);
}

/** Return what the page's own address asks for: `?url=…`, and a name in its fragment; else null. */
export function readDeepLink(page: URL): Asked | null {
  const url = page.searchParams.get("url");
  if (!url) return null;
  const asked = readAddress(url, page);
  const { shown } = fromLink(page.href);
  return shown.name ? { ...asked, shown } : asked;
}

function readAddress(text: string, page: URL): Asked {
  const { address, shown } = fromLink(text);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) || address.startsWith("/");
  const written = isUrl || address.startsWith(".") ? address : `https://${address}`;
  // Chromium makes a host out of several words; nobody has written an address then.
  if (!address || /\s/.test(address) || !URL.canParse(written, page.href)) {
    throw new Error(
      `“${address.slice(0, 100)}” is neither an address nor a credential. Paste the address of a ` +
        "credential or of its page, or drop its file.",
    );
  }
  const url = new URL(written, page);
  url.hash = "";
  return { url: fileOf(url).href, shown: shown.name ? shown : NOBODY };
}

/** Say whether a file is a page for people to read, and no picture that is written alike. */
export function isWebPage(content: Uint8Array): boolean {
  const beginning = new TextDecoder().decode(content.subarray(0, 1000));
  return /^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b/is.test(beginning);
}

/** A credential's page stands in the folder of its file: whoever names the page means the file. */
function fileOf(url: URL): URL {
  if (!url.pathname.includes("/credentials/")) return url;
  const file = new URL(url);
  file.pathname = url.pathname.replace(/\/(?:index\.html)?$/, "/credential.json");
  return file;
}
