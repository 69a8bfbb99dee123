// What somebody pasted, dropped or linked to, as an address to fetch or a file to read.
import { Refused, at } from "./findings.ts";
import { fromLink, NOBODY, type Shown } from "./holder.ts";

/** An address, with the name that its fragment shows. */
export interface Asked {
  readonly url: string;
  readonly shown: Shown;
}

/** Return what a text asks for: an address, or the text of a credential itself; throws `Refused`. */
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
  if (!address || !URL.canParse(written, page.href)) {
    throw new Refused([at("VC-001", "this is neither an address nor a credential")]);
  }
  const url = new URL(written, page);
  url.hash = "";
  return { url: fileOf(url).href, shown: shown.name ? shown : NOBODY };
}

/** A credential's page stands in the folder of its file: whoever names the page means the file. */
function fileOf(url: URL): URL {
  if (!url.pathname.includes("/credentials/")) return url;
  const file = new URL(url);
  file.pathname = url.pathname.replace(/\/(?:index\.html)?$/, "/credential.json");
  return file;
}
