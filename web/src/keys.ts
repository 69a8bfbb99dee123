// Ed25519 public keys in the forms in which they are published, and the check of a signature.
import { hashes, verify } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { at, Refused, type Finding } from "./findings.ts";
import { encode, isObject, parseObject, type Json, type JsonObject } from "./jsonbytes.ts";

// Without Web Crypto, which browsers keep from pages that are served by plain http.
hashes.sha512 = sha512;

const ED25519_PUBLIC = [0xed, 0x01];
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const MAX_BASE58 = 200;

/** Say whether a signature is the key's own over the payload; never throws. */
export function isSignature(key: Uint8Array, payload: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  try {
    // The strict rules of RFC 8032: one text for each signature, no keys of small order.
    return verify(signature, payload, key, { zip215: false });
  } catch {
    return false;
  }
}

/** Return SHA-256 of bytes. */
export function digest(content: Uint8Array): Uint8Array {
  return sha256(content);
}

/** Return bytes in lower-case hex. */
export function hex(content: Uint8Array): string {
  return Array.from(content, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Say whether two byte strings are equal. */
export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

/** Return the bytes of base64 text with padding, null for anything else. */
export function base64Decode(text: string): Uint8Array | null {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Return base64 text with padding. */
function base64Encode(content: Uint8Array): string {
  let text = "";
  for (const byte of content) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Return base64url text without padding. */
function base64urlEncode(content: Uint8Array): string {
  return base64Encode(content).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Return the bytes of unpadded, canonical base64url text, null for anything else. */
export function base64urlDecode(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const padded =
    text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  const content = base64Decode(padded);
  return content && base64urlEncode(content) === text ? content : null;
}

/** Return the bytes of base58btc text, null for anything else. */
export function base58Decode(text: string): Uint8Array | null {
  if (text.length > MAX_BASE58) return null;
  let number = 0n;
  for (const character of text) {
    const digit = BASE58.indexOf(character);
    if (digit < 0) return null;
    number = number * 58n + BigInt(digit);
  }
  const bytes: number[] = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 0xffn));
  const zeros = /^1*/.exec(text)![0].length;
  return Uint8Array.from([...Array<number>(zeros).fill(0), ...bytes]);
}

/** Return base58btc text. */
function base58Encode(content: Uint8Array): string {
  let number = content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = "";
  for (; number > 0n; number /= 58n) text = BASE58[Number(number % 58n)] + text;
  const zeros = content.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? content.length : zeros) + text;
}

/** Return a key as `z6Mk…`. */
export function toMultikey(key: Uint8Array): string {
  return `z${base58Encode(Uint8Array.from([...ED25519_PUBLIC, ...key]))}`;
}

/** Return the 32 bytes of `z6Mk…`, or throw `Refused`. */
export function fromMultikey(text: unknown): Uint8Array {
  const raw = typeof text === "string" && text.startsWith("z") ? base58Decode(text.slice(1)) : null;
  if (!raw || raw.length !== 34 || raw[0] !== ED25519_PUBLIC[0] || raw[1] !== ED25519_PUBLIC[1]) {
    throw new Refused([at("VC-030", "not an Ed25519 Multikey")]);
  }
  return raw.slice(2);
}

/** Return the 32 bytes of a public Ed25519 JWK, or throw `Refused`. */
export function fromJwk(jwk: unknown): Uint8Array {
  if (!isObject(jwk) || jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519") {
    throw new Refused([at("VC-030", "not an Ed25519 JWK: kty and crv are not OKP and Ed25519")]);
  }
  if ("d" in jwk) {
    const found = "it holds the private key; treat that key as compromised";
    throw new Refused([at("VC-030", `not an Ed25519 JWK: ${found}`)]);
  }
  const key = typeof jwk["x"] === "string" ? base64urlDecode(jwk["x"]) : null;
  if (key?.length !== 32) throw new Refused([at("VC-030", "not an Ed25519 JWK: x is no key")]);
  return key;
}

/** Return a key as a public JWK whose `kid` is its thumbprint (RFC 7638, RFC 8037). */
export function toJwk(key: Uint8Array): JsonObject {
  const x = base64urlEncode(key);
  const kid = base64urlEncode(digest(encode(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)));
  return { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" };
}

/** Return the 32 bytes of a verification method (Multikey or JsonWebKey), or throw `Refused`. */
export function methodKey(method: unknown): Uint8Array {
  if (isObject(method) && method["type"] === "Multikey") {
    return fromMultikey(method["publicKeyMultibase"]);
  }
  if (isObject(method) && method["type"] === "JsonWebKey") return fromJwk(method["publicKeyJwk"]);
  const found = "the verification method is neither Multikey nor JsonWebKey";
  throw new Refused([at("VC-030", found)]);
}

/** Return a verification key as OpenSSH shows it, `SHA256:…`. */
export function fingerprint(key: Uint8Array): string {
  const head = [0, 0, 0, 11, ...encode("ssh-ed25519"), 0, 0, 0, 32];
  return `SHA256:${base64Encode(digest(Uint8Array.from([...head, ...key]))).replace(/=+$/, "")}`;
}

/** Say in which keys `jwks.json` and `did.json` differ; throws `Refused` if one is unreadable. */
export function compareKeys(jwks: Uint8Array, did: Uint8Array): Finding[] {
  const inJwks = new Set(jwksKeys(parseObject(jwks)).map(toMultikey));
  const inDid = new Set(didKeys(parseObject(did)).map(toMultikey));
  const only = (some: Set<string>, others: Set<string>, where: string): string[] =>
    [...some].filter((key) => !others.has(key)).map((key) => `${key} stands only in ${where}`);
  const differ = [...only(inJwks, inDid, "jwks.json"), ...only(inDid, inJwks, "did.json")];
  return differ.sort().map((message) => at("VC-031", message));
}

function jwksKeys(document: JsonObject): Uint8Array[] {
  const entries: Json = document["keys"] ?? [];
  const ours = Array.isArray(entries) ? entries : [];
  return ours.filter((jwk) => isObject(jwk) && jwk["crv"] === "Ed25519").map(fromJwk);
}

/** Return the Ed25519 keys that the document both describes and lets assert. */
function didKeys(document: JsonObject): Uint8Array[] {
  const methods = document["verificationMethod"];
  const asserting = document["assertionMethod"];
  if (!Array.isArray(methods) || !Array.isArray(asserting)) return [];
  const ours = methods.filter(
    (method) =>
      isObject(method) &&
      (method["type"] === "Multikey" || method["type"] === "JsonWebKey") &&
      typeof method["id"] === "string" &&
      asserting.includes(method["id"]),
  );
  return ours.map(methodKey);
}
