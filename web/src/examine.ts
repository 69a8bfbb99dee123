// What `acts/verify.py` does: a file of any kind is opened, what it points at is asked for, and the
// judging is left to `verify`. Who fetches, and from where, is the caller's affair.
import { isPicture, unbake } from "./baking.ts";
import { isBundle, readBundle, type Bundle } from "./bundle.ts";
import { verifyBundle } from "./bundled.ts";
import { canonicalise } from "./canonical.ts";
import { endorsedUrl, withEndorsed } from "./endorsed.ts";
import { Refused } from "./findings.ts";
import { holderVerdict, type Shown } from "./holder.ts";
import type { JsonObject } from "./jsonbytes.ts";
import type { Known } from "./known.ts";
import { unsigned } from "./proof.ts";
import { Unavailable } from "./resolve.ts";
import { pointerUrl, withSuperseded } from "./superseded.ts";
import type { Step, Verification } from "./verdicts.ts";
import { documentOf, verify, wanted } from "./verify.ts";

/** Brings what stands at a URL, or why it cannot. */
export type Get = (url: string) => Promise<Uint8Array | Unavailable>;

/** On what an examination rests. */
export interface Grounds {
  readonly get: Get;
  /** Milliseconds. */
  readonly now: number;
  readonly known: Known;
  /** Whether the issuer's site is asked about a bundle as well. */
  readonly online: boolean;
  readonly shown: Shown;
  readonly onStep?: (step: Step) => void;
}

/** What was found out, and the credential that it was found out about. */
export interface Examined {
  readonly document: JsonObject;
  readonly found: Verification;
  readonly isBundled: boolean;
}

const ROUNDS = 3;

/** Verify a credential in JSON, as a JWT, in a picture or a bundle; throws `Refused` if it is none. */
export async function examine(file: Uint8Array, grounds: Grounds): Promise<Examined> {
  const { content, bundle } = opened(file);
  const isOnline = bundle === null || grounds.online;
  begin(content);
  const had = isOnline ? await fetchAll(content, grounds.get) : new Map();
  const { now, known, onStep } = grounds;
  const asked = { now, known, ...(onStep && { onStep }) };
  let found = bundle
    ? await verifyBundle(bundle, asked, had)
    : await verify(content, { ...asked, resources: had });
  const document = readable(content);
  found = { ...found, holder: holderVerdict(found, document, grounds.shown) };
  const before = found.steps.length;
  if (isOnline) found = await superseding(found, document, grounds.get);
  found = await endorsing(found, document, grounds);
  found.steps.slice(before).forEach((step) => onStep?.(step));
  return { document, found, isBundled: bundle !== null };
}

/** Begin what takes longest, while keys and status are on their way. */
function begin(content: Uint8Array): void {
  try {
    canonicalise(unsigned(documentOf(content))).catch(() => undefined); // told in its step
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

function opened(file: Uint8Array): { content: Uint8Array; bundle: Bundle | null } {
  if (isPicture(file)) return { content: unbake(file), bundle: null };
  if (!isBundle(file)) return { content: file, bundle: null };
  const bundle = readBundle(file);
  return { content: bundle.credential.content, bundle };
}

/** Return what could be had of all that a verification asks for; a status list asks in turn. */
async function fetchAll(content: Uint8Array, get: Get) {
  const had = new Map<string, Uint8Array | Unavailable>();
  for (let round = 0; round < ROUNDS; round++) {
    const lists = [...had].filter(
      ([url, body]) => url.includes("/status/") && body instanceof Uint8Array,
    );
    const urls = new Set([content, ...lists.map(([, body]) => body as Uint8Array)].flatMap(wanted));
    const missing = [...urls].filter((url) => !had.has(url));
    if (!missing.length) break;
    const bodies = await Promise.all(missing.map(get));
    missing.forEach((url, place) => had.set(url, bodies[place]!));
  }
  return had;
}

async function superseding(
  found: Verification,
  document: JsonObject,
  get: Get,
): Promise<Verification> {
  const url = found.signature.value === "valid" ? pointerUrl(document) : null;
  return url ? withSuperseded(found, document, await get(url)) : found;
}

/** Add what became of an endorsed credential, which is itself looked at, and no further. */
async function endorsing(
  found: Verification,
  document: JsonObject,
  grounds: Grounds,
): Promise<Verification> {
  const url = endorsedUrl(document);
  if (url === null) return found;
  if (found.signature.value !== "valid") {
    return withEndorsed(found, document, "what it endorses means nothing while it is forged");
  }
  const content = await grounds.get(url);
  if (content instanceof Unavailable) {
    return withEndorsed(found, document, `${url} is not available: ${content.reason}`);
  }
  const { now, known } = grounds;
  const resources = await fetchAll(content, grounds.get);
  const verification = await verify(content, { now, known, resources });
  return withEndorsed(found, document, { content, verification });
}

function readable(content: Uint8Array): JsonObject {
  try {
    return documentOf(content);
  } catch (error) {
    if (error instanceof Refused) return {};
    throw error;
  }
}
