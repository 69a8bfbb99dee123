// The page's only way to the network: plain GETs of files, first of all of the site that it is on.
//
// What belongs to the issuer's site is read from where this page stands, be it the site itself or a
// copy of it. A page that was opened from a disk can read no other file, so the issuer's two key
// files travel in it.
import { Unavailable } from "./resolve.ts";

/** The site that the page was built with. */
export interface Site {
  /** Where it is meant to be served, without a slash at the end; empty where there is no issuer. */
  readonly url: string;
  readonly did: string;
  readonly name: string;
  /** URL → text of did.json and jwks.json, as they were when the site was built. */
  readonly keys: Readonly<Record<string, string>>;
}

/** The most that is read of any file. */
export const MAX_FETCHED = 4 * 1024 * 1024;
const PATIENCE = 15_000;

/** Fetches files, and keeps account of where from. */
export class Fetcher {
  /** Every address that was asked, in order. */
  readonly asked: string[] = [];

  constructor(
    private readonly site: Site,
    private readonly page: URL,
  ) {}

  /** Whether the page stands elsewhere than where its site is meant to be. */
  get isCopy(): boolean {
    return !this.site.url || !this.page.href.startsWith(`${this.site.url}/`);
  }

  /** Return where a URL is read from: its own address, or its place in this copy of the site. */
  placeOf(url: string): URL {
    const base = `${this.site.url}/`;
    const isOwn = this.site.url !== "" && url.startsWith(base);
    return isOwn ? new URL(`../${url.slice(base.length)}`, this.page) : new URL(url, this.page);
  }

  /** Say whether a URL is read without asking any other host than this page's. */
  isHere(url: string): boolean {
    const { protocol, host } = this.placeOf(url);
    return protocol === this.page.protocol && host === this.page.host;
  }

  /** Bring what stands at a URL, or why it cannot be had. Never throws. */
  readonly get = async (url: string): Promise<Uint8Array | Unavailable> => {
    const place = this.placeOf(url);
    if (place.protocol === "file:") return this.embedded(url);
    if (!this.isHere(url) && !isPublic(place))
      return new Unavailable("not at a public https address");
    if (!this.asked.includes(place.href)) this.asked.push(place.href);
    try {
      return await fetchBounded(place);
    } catch (error) {
      return new Unavailable(this.reason(error, url, place));
    }
  };

  private embedded(url: string): Uint8Array | Unavailable {
    const text = this.site.keys[url];
    if (text !== undefined) return new TextEncoder().encode(text);
    return new Unavailable("a page that was opened from a disk can read no other file");
  }

  private reason(error: unknown, url: string, place: URL): string {
    if (error instanceof Answer) return error.message;
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return `${place.host} did not answer in ${PATIENCE / 1000} seconds`;
    }
    if (this.isHere(url)) return `${place.host || "the site"} cannot be reached`;
    const told = `${place.host} cannot be reached, or does not let pages of other sites read it (CORS)`;
    return `${told}; \`jobtwin verify\` asks it from outside a browser`;
  }
}

/** An answer that brought nothing; the message says why. */
class Answer extends Error {}

async function fetchBounded(place: URL): Promise<Uint8Array> {
  const answer = await fetch(place, {
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
    cache: "no-cache",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!answer.ok) throw new Answer(`the server answers ${answer.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = answer.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    if (length > MAX_FETCHED) {
      await reader.cancel();
      throw new Answer(`more than ${MAX_FETCHED} bytes`);
    }
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** Say whether an address is by https, with a host's name rather than a number or a local name. */
function isPublic(place: URL): boolean {
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/i.test(place.hostname);
  const isLocal = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$/i.test(place.hostname);
  return place.protocol === "https:" && isName && !isLocal && !place.username;
}
