// Whose credential it is: the name that its holder shows, against the hash that was signed.
import { isObject, type JsonObject, encode } from "./jsonbytes.ts";
import { digest, hex } from "./keys.ts";
import { unsignable } from "./text.ts";
import type { Verdict, Verification } from "./verdicts.ts";

const MAX_NAME = 200;

/** The name and salt that a link shows in its fragment; empty where it shows none. */
export interface Shown {
  readonly name: string;
  readonly salt: string;
}

export const NOBODY: Shown = { name: "", salt: "" };

/** Return a link without its fragment, and what that shows. */
export function fromLink(link: string): { address: string; shown: Shown } {
  const [address, fragment = ""] = link.split(/#(.*)/s, 2);
  if (!fragment.includes("name=")) return { address: address!, shown: NOBODY };
  const given = new URLSearchParams(fragment);
  return {
    address: address!,
    shown: { name: given.get("name") ?? "", salt: given.get("salt") ?? "" },
  };
}

/** Say whether a name with its salt is the one that the credential was issued to. */
function isHolder(credential: JsonObject, { name, salt }: Shown): boolean {
  if (!/^[0-9a-f]{32}$/.test(salt) || problem(name)) return false;
  const expected = `sha256$${hex(digest(encode(name + salt)))}`;
  return identities(credential, true).includes(expected);
}

/** Return what can be said of whom a credential was issued to. */
export function holderVerdict(found: Verification, credential: JsonObject, shown: Shown): Verdict {
  const { name } = shown;
  if (found.signature.value !== "valid") {
    return verdict("unknown", "Whose it is means nothing while the signature does not hold.");
  }
  if (name && isHolder(credential, shown)) {
    return verdict("shown", `Issued to ${name}: the name in the link is the one that was signed.`);
  }
  const wrong = name ? problem(name) : null;
  if (wrong) return verdict("mismatch", `The name in the link cannot be checked: ${wrong}.`);
  if (name) {
    const told = "The name in the link is not the one that was signed: it was not issued to";
    return verdict("mismatch", `${told} ${name}, or the link is damaged.`);
  }
  const [inClear] = identities(credential, false).filter((value) => !problem(value));
  if (inClear) return verdict("public", `Issued to ${inClear}, who wished to be named in public.`);
  if (identities(credential, true).length) {
    const told = "Holder not shown: the name is hashed, and only the holder's own link shows it.";
    return verdict("not_shown", told);
  }
  return verdict("not_named", "Holder not shown: the credential names nobody.");
}

function problem(name: string): string | null {
  const { length } = [...name];
  if (length < 1 || length > MAX_NAME) return `it has ${length} characters, not 1 to ${MAX_NAME}`;
  return /[\n\t]/.test(name) ? "it has more than one line" : unsignable(name);
}

function identities(credential: JsonObject, hashed: boolean): string[] {
  const subject = credential["credentialSubject"];
  const entries = isObject(subject) ? subject["identifier"] : null;
  const found: string[] = [];
  for (const entry of Array.isArray(entries) ? entries : [entries]) {
    if (!isObject(entry) || entry["hashed"] !== hashed) continue;
    if (typeof entry["identityHash"] === "string") found.push(entry["identityHash"]);
  }
  return found;
}

function verdict(value: string, words: string): Verdict {
  return { value, words };
}
