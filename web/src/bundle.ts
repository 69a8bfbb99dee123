// bundle.json: everything that a verification asks for, in one file that outlives the site.
//
// Nothing in a bundle is trusted for being there: who made it chose every file.
import { contextDigests } from "../build/pinned.json";
import { at, Refused, refuse, type Finding } from "./findings.ts";
import {
  encode,
  isObject,
  MAX_BYTES,
  parseObject,
  type Json,
  type JsonObject,
} from "./jsonbytes.ts";
import { digest, hex } from "./keys.ts";

const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 40;
const MAX_OF_A_ROLE = 8;
const FORMAT = 1;
const MEMBERS = ["role", "sha256", "text", "url"];
const ROLES = [
  "credential",
  "jwt",
  "did",
  "jwks",
  "jwk",
  "key-history",
  "key-history-signature",
  "status",
  "endorsement",
  "outcome",
] as const;
const SINGLE: readonly Role[] = [
  "credential",
  "jwt",
  "jwks",
  "jwk",
  "key-history",
  "key-history-signature",
];

/** What a file of a bundle is. */
export type Role = (typeof ROLES)[number];

/** A file as it was served. */
export interface File {
  readonly role: Role;
  readonly url: string;
  readonly content: Uint8Array;
}

/** The files of a bundle; read, and not yet judged. */
export class Bundle {
  constructor(readonly files: readonly File[]) {}

  /** The credential's own file. */
  get credential(): File {
    return this.of("credential")[0]!;
  }

  /** Return the files of a role, in the order of their URLs. */
  of(role: Role): File[] {
    return this.files.filter((file) => file.role === role);
  }
}

/** Say whether a file begins as a bundle does; looks at its beginning alone. */
export function isBundle(content: Uint8Array): boolean {
  return /^\s*\{\s*"bundle"\s*:/.test(new TextDecoder().decode(content.subarray(0, 200)));
}

/** Return the files of a bundle, their digests checked; throws `Refused` with every finding. */
export function readBundle(content: Uint8Array): Bundle {
  const data = parseObject(content, MAX_BUNDLE_BYTES);
  const listed = data["files"];
  if (data["bundle"] !== FORMAT || !Array.isArray(listed) || listed.length > MAX_FILES) {
    const found = `it is of another format than ${FORMAT}, or has no list of ${MAX_FILES} files`;
    throw new Refused([at("VC-073", `${found} at most`, "$")]);
  }
  refuse([...checkContexts(data["contexts"]), ...checkFiles(listed)]);
  const files = (listed as Record<string, string>[]).map((item) => ({
    role: item["role"] as Role,
    url: item["url"]!,
    content: encode(item["text"]!),
  }));
  refuse(checkRoles(files));
  return new Bundle(files);
}

/** Yield contexts that are not the ones known here: the signature would cover other things. */
function* checkContexts(named: Json | undefined): Generator<Finding> {
  const known: Readonly<Record<string, string>> = contextDigests;
  const most = Object.keys(known).length;
  const listed = Array.isArray(named) && named.length <= most ? named : [null];
  for (const [index, item] of listed.entries()) {
    const url = isObject(item) && typeof item["url"] === "string" ? item["url"] : "";
    if (!url || !known[url] || known[url] !== (item as JsonObject)["sha256"]) {
      const found = "a context is not named, or not the one that is known here";
      yield at("VC-074", found, `$.contexts[${index}]`);
    }
  }
}

function* checkFiles(listed: readonly Json[]): Generator<Finding> {
  for (const [index, item] of listed.entries()) {
    const place = `$.files[${index}]`;
    if (!isFile(item)) {
      yield at("VC-073", `not an object of ${MEMBERS.join(", ")}`, place);
      continue;
    }
    const body = encode(item.text);
    if (!(ROLES as readonly string[]).includes(item.role)) {
      yield at("VC-073", `the role '${item.role.slice(0, 40)}' is not known`, `${place}.role`);
    } else if (!/^https?:\/\/[!-~]{1,500}$/.test(item.url)) {
      yield at("VC-073", "not a short web address", `${place}.url`);
    } else if (body.length > MAX_BYTES) {
      yield at("VC-073", `${body.length} bytes, ${MAX_BYTES} at most`, `${place}.text`);
    } else if (hex(digest(body)) !== item.sha256) {
      yield at("VC-074", `${item.url.slice(0, 200)} has another SHA-256`, `${place}.text`);
    }
  }
}

function isFile(item: Json): item is { role: string; url: string; sha256: string; text: string } {
  if (!isObject(item)) return false;
  const isText = Object.values(item).every((value) => typeof value === "string");
  return isText && Object.keys(item).sort().join() === MEMBERS.join();
}

function* checkRoles(files: readonly File[]): Generator<Finding> {
  for (const role of ROLES) {
    const count = files.filter((file) => file.role === role).length;
    const most = SINGLE.includes(role) ? 1 : MAX_OF_A_ROLE;
    if (count > most || (role === "credential" && count === 0)) {
      yield at("VC-073", `${count} files have the role ${role}`, "$.files");
    }
  }
  if (new Set(files.map((file) => file.url)).size < files.length) {
    yield at("VC-073", "two files stand at one URL", "$.files");
  }
}
