// A detached EndorsementCredential: somebody's signed words about one exact credential file.
import { sha384, sha512, sha256 } from "@noble/hashes/sha2.js";

import { checkContexts, CREDENTIAL_CONTEXTS } from "./canonical.ts";
import { controllerOf } from "./did.ts";
import { at, Refused, refuse, type Finding } from "./findings.ts";
import { isObject, parseObject, type Json, type JsonObject } from "./jsonbytes.ts";
import {
  base58Decode,
  base64Decode,
  base64urlDecode,
  equal,
  fingerprint,
  fromMultikey,
} from "./keys.ts";
import type { Proof } from "./proof.ts";
import { onlyProof } from "./resolve.ts";
import { checkBadge } from "./shape.ts";
import { checkSignable } from "./text.ts";

const MAX_BYTES = 16 * 1024;
const MAX_COMMENT = 2_000;
const MAX_NAME = 200;
const TYPES = ["VerifiableCredential", "EndorsementCredential"];
const SUBJECT = "EndorsementSubject";
const REQUIRED = [
  "@context",
  "id",
  "type",
  "name",
  "issuer",
  "validFrom",
  "credentialSubject",
  "relatedResource",
  "proof",
];
const OPTIONAL = ["description", "awardedDate", "validUntil"];
const PROFILE = ["id", "type", "name", "url", "description"];
const HASHES = { sha256, sha384, sha512 } as const;
const MULTIHASH: Readonly<Record<string, keyof typeof HASHES>> = {
  "18,32": "sha256",
  "32,48": "sha384",
  "19,64": "sha512",
};

/** What an endorsement says; read, and not yet proven. */
export interface Endorsement {
  readonly document: JsonObject;
  readonly id: string;
  readonly issuer: string;
  readonly name: string;
  /** Id of the credential that is endorsed. */
  readonly credential: string;
  /** The exact file, by its own address and digest. */
  readonly related: JsonObject;
  readonly proof: Proof;
}

/** Return what an endorsement says, or throw `Refused` with every finding. Proves nothing. */
export function readEndorsement(content: Uint8Array): Endorsement {
  if (content.length > MAX_BYTES) {
    throw new Refused([at("VC-090", `it has ${content.length} bytes, ${MAX_BYTES} at most`)]);
  }
  const document = parseObject(content);
  refuse(checkSignable(document));
  refuse(checkContexts(document));
  refuse(checkBadge(document));
  refuse(checkForm(document));
  const proof = onlyProof(document);
  const issuer = document["issuer"] as Record<string, string>;
  if (controllerOf(proof.method) !== issuer["id"]) {
    const found = `the key belongs to ${controllerOf(proof.method).slice(0, 200)}, not to its issuer`;
    throw new Refused([at("VC-090", found, "$.proof")]);
  }
  return {
    document,
    id: document["id"] as string,
    issuer: issuer["id"]!,
    name: issuer["name"]!,
    credential: (document["credentialSubject"] as JsonObject)["id"] as string,
    related: (document["relatedResource"] as JsonObject[])[0]!,
    proof,
  };
}

/** Say whether these bytes are the file that is endorsed. */
export function isOver(endorsement: Endorsement, content: Uint8Array): boolean {
  return digestFits(endorsement.related, content);
}

/** Return a did:key as OpenSSH shows the same key; null for another DID. */
export function endorserOf(did: string): string | null {
  try {
    return fingerprint(fromMultikey(did.replace(/^did:key:/, "")));
  } catch {
    return null;
  }
}

/** Say whether every digest that a relatedResource gives is that of the bytes (VC 2.0 §5.3). */
export function digestFits(resource: JsonObject, content: Uint8Array): boolean {
  const given = [
    ...("digestSRI" in resource ? [fromSri(resource["digestSRI"])] : []),
    ...("digestMultibase" in resource ? [fromMultibase(resource["digestMultibase"])] : []),
  ];
  return given.every((found) => found !== null && equal(HASHES[found.name](content), found.digest));
}

interface Digest {
  readonly name: keyof typeof HASHES;
  readonly digest: Uint8Array;
}

function fromSri(value: Json | undefined): Digest | null {
  const [name, encoded = ""] = typeof value === "string" ? value.split(/-(.*)/s, 2) : [];
  const digest = base64Decode(encoded);
  return digest && name && Object.hasOwn(HASHES, name)
    ? { name: name as keyof typeof HASHES, digest }
    : null;
}

function fromMultibase(value: Json | undefined): Digest | null {
  if (typeof value !== "string") return null;
  const decoders: Readonly<Record<string, (text: string) => Uint8Array | null>> = {
    u: base64urlDecode,
    z: base58Decode,
  };
  const found = decoders[value.slice(0, 1)]?.(value.slice(1));
  const name = found ? MULTIHASH[found.subarray(0, 2).join()] : undefined;
  return found && name ? { name, digest: found.slice(2) } : null;
}

/** Yield where a well-formed EndorsementCredential is not one of the narrow form. */
function* checkForm(document: JsonObject): Generator<Finding> {
  const { issuer, proof, relatedResource: related } = document;
  const named = document["credentialSubject"];
  const subject: JsonObject = isObject(named) ? named : {};
  const members = Object.keys(document);
  const isNarrow =
    REQUIRED.every((name) => members.includes(name)) &&
    members.every((name) => REQUIRED.includes(name) || OPTIONAL.includes(name));
  const demands: [boolean, string, string][] = [
    [isNarrow, "it has other members", "$"],
    [isList(document["@context"], CREDENTIAL_CONTEXTS), "it names other contexts", "$.@context"],
    [isList(document["type"], TYPES), "it is of other types", "$.type"],
    [typeof document["name"] === "string", "it has no name", "$.name"],
    [Array.isArray(proof) && proof.length === 1, "it does not have one proof in a list", "$.proof"],
    [isProfile(issuer), "its issuer is no Profile with a name", "$.issuer"],
    [
      isSubject(subject),
      "its subject is not an EndorsementSubject with a comment and nothing else",
      "$.credentialSubject",
    ],
    [
      isComment(subject["endorsementComment"]),
      `the comment is no text of 1 to ${MAX_COMMENT} characters`,
      "$.credentialSubject.endorsementComment",
    ],
    [
      isRelated(related, subject["id"]),
      "it does not name one file, by an address of its own and a digestSRI",
      "$.relatedResource",
    ],
  ];
  for (const [holds, message, place] of demands) if (!holds) yield at("VC-090", message, place);
}

function isList(value: Json | undefined, expected: readonly string[]): boolean {
  return JSON.stringify(value) === JSON.stringify(expected);
}

function isProfile(issuer: Json | undefined): boolean {
  if (!isObject(issuer) || !isList(issuer["type"], ["Profile"])) return false;
  const isText = Object.entries(issuer).every(
    ([name, value]) => PROFILE.includes(name) && (name === "type" || typeof value === "string"),
  );
  const name = issuer["name"];
  if (!isText || typeof name !== "string") return false;
  return !name.includes("\n") && name.length > 0 && [...name].length <= MAX_NAME;
}

function isSubject(subject: JsonObject): boolean {
  const types = subject["type"];
  const isTypes = Array.isArray(types) && types[0] === SUBJECT;
  const isOnly = Object.keys(subject).sort().join() === "endorsementComment,id,type";
  return isOnly && isTypes && types.every((item) => typeof item === "string");
}

function isComment(comment: Json | undefined): boolean {
  return typeof comment === "string" && comment.trim() !== "" && [...comment].length <= MAX_COMMENT;
}

function isRelated(listed: Json | undefined, credential: Json | undefined): boolean {
  const item = Array.isArray(listed) && listed.length === 1 ? listed[0] : null;
  if (!isObject(item) || item["id"] === credential || !("digestSRI" in item)) return false;
  return Object.keys(item).every((name) => ["id", "digestSRI", "mediaType"].includes(name));
}
