// Which URL a DID is read from, and whether what stands there vouches for a key.
import { asText, at, Refused } from "./findings.ts";
import { isObject, parseObject, type Json, type JsonObject } from "./jsonbytes.ts";
import { equal, fromMultikey, methodKey } from "./keys.ts";

const HOST =
  /^(?=.{1,253}(?:%3A|$))[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*(?:%3A[1-9][0-9]{0,4})?$/i;
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/;
const DATE =
  /^([0-9]{4}-[0-9]{2})-([0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(Z|[+-]([0-9]{2}):([0-9]{2}))$/;

/** Return the URL of a did:web's document (did:web §2.5.2), or throw `Refused`. */
export function didWebUrl(did: string): string {
  return base(did) + (did.split(":").length > 3 ? "/did.json" : "/.well-known/did.json");
}

/** Return where an issuer of this platform publishes its JWKS, or throw `Refused`. */
export function jwksUrl(did: string): string {
  return `${base(did)}/keys/jwks.json`;
}

/** Return the DID before the `#`. */
export function controllerOf(method: string): string {
  return method.split("#", 1)[0]!;
}

/** Return the key of `did:key:z6Mk…#z6Mk…`, or throw `Refused`. */
export function didKeyBytes(method: string): Uint8Array {
  const did = controllerOf(method);
  const name = did.replace(/^did:key:/, "");
  if (method.slice(did.length + 1) !== name) {
    throw new Refused([at("VC-032", "the fragment of a did:key is the key once more")]);
  }
  return fromMultikey(name);
}

/** Return the public key of a method, or throw `Refused` saying why its DID does not vouch for it. */
export function vouchedKey(content: Uint8Array, method: string, created: number): Uint8Array {
  const document = parseObject(content);
  const did = controllerOf(method);
  if (document["id"] !== did) throw unvouched(`the DID document's id is not ${did}`);
  const named = listed(document, "verificationMethod").filter(
    (item): item is JsonObject => isObject(item) && item["id"] === method,
  );
  if (named.length !== 1) {
    const times = named.length ? `describes ${named.length} times` : "does not describe";
    throw unvouched(`did.json ${times} ${method.slice(0, 200)}`);
  }
  if (!listed(document, "assertionMethod").includes(method)) {
    throw unvouched(`did.json does not name ${method} in assertionMethod`);
  }
  refuseDated(named[0]!, did, created);
  return methodKey(named[0]);
}

/** Return the id of the method that describes a key, an asserting one first; else throw `Refused`. */
export function methodOf(content: Uint8Array, key: Uint8Array): string {
  const document = parseObject(content);
  const methods = listed(document, "verificationMethod").filter((item) => describes(item, key));
  const ids = methods.map((method) => asText((method as JsonObject)["id"]));
  if (!ids.length) throw unvouched("did.json does not describe the key that signed");
  const asserting = listed(document, "assertionMethod");
  return ids.find((name) => asserting.includes(name)) ?? ids[0]!;
}

/** Return a dateTimeStamp as milliseconds, null if it is no such text. */
export function moment(text: unknown): number | null {
  const found = typeof text === "string" && text.length <= 32 ? DATE.exec(text) : null;
  if (!found) return null;
  const [, month, day, time, fraction = "", zone, hours = "0", minutes = "0"] = found;
  const [hour, minute, second] = time!.split(":").map(Number);
  const days = new Date(Date.UTC(Number(month!.slice(0, 4)), Number(month!.slice(5)), 0));
  const isDate = Number(month!.slice(5)) >= 1 && Number(month!.slice(5)) <= 12;
  if (!isDate || Number(month!.slice(0, 4)) < 1 || Number(day) < 1) return null;
  if (Number(day) > days.getUTCDate() || hour! > 23 || minute! > 59 || second! > 59) return null;
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const offset = (Number(hours) * 60 + Number(minutes)) * (zone!.startsWith("-") ? -1 : 1);
  const whole = Date.parse(`${month}-${day}T${time}Z`) - offset * 60_000;
  return whole + Number(`0${fraction || ".0"}`) * 1000;
}

/** Write the day of a moment in UTC. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Write a moment in UTC, to the second. */
export function written(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function describes(method: Json, key: Uint8Array): boolean {
  try {
    return equal(methodKey(method), key);
  } catch {
    return false; // a key of another kind
  }
}

function refuseDated(method: JsonObject, did: string, created: number): void {
  if (method["controller"] !== did) throw unvouched(`the key's controller is not ${did}`);
  if ("revoked" in method) throw unvouched("the key is marked as revoked");
  if ("expires" in method) {
    const expires = moment(method["expires"]);
    if (expires === null || created > expires) {
      throw unvouched("the key had expired when the proof was made");
    }
  }
}

function unvouched(message: string): Refused {
  return new Refused([at("VC-033", message)]);
}

function listed(document: JsonObject, member: string): Json[] {
  const value = document[member];
  return Array.isArray(value) ? value : [];
}

function base(did: string): string {
  const [host, ...segments] = did.replace(/^did:web:/, "").split(":");
  if (!did.startsWith("did:web:") || !HOST.test(host!) || !segments.every((s) => SEGMENT.test(s))) {
    throw new Refused([at("VC-032", `'${did.slice(0, 200)}' is no did:web identifier`)]);
  }
  return `https://${[host!.replace(/%3A/gi, ":"), ...segments].join("/")}`;
}
