// A person's SSH signature over a file (OpenSSH's PROTOCOL.sshsig), as in `rules/signature.py`:
// Ed25519 alone, in one form alone, and in the namespace that was asked for.
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { at, Refused } from "./findings.ts";
import { encode } from "./jsonbytes.ts";
import { base64Decode, equal, isSignature } from "./keys.ts";

const KIND = "ssh-ed25519";
const MAX_BYTES = 4096;
const MAGIC = encode("SSHSIG");
const VERSION = Uint8Array.of(0, 0, 0, 1);
const HASHES: Readonly<Record<string, (content: Uint8Array) => Uint8Array>> = { sha256, sha512 };
const ARMOUR =
  /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/;

/** Return the 32 bytes of an `ssh-ed25519 …` line, or throw `Refused`. */
export function readPublicKey(line: string): Uint8Array {
  const [kind, text = ""] = line.split(/\s+/);
  const blob = kind === KIND ? base64Decode(text) : null;
  const key = blob?.slice(-32);
  if (!blob || !key || !equal(blob, publicKey(key))) {
    throw new Refused([at("VC-030", "not an Ed25519 public key of OpenSSH")]);
  }
  return key;
}

/** Say whether a key has signed a file in a namespace; never throws. */
export function isSshSignature(
  content: Uint8Array,
  signature: Uint8Array,
  key: Uint8Array,
  namespace: string,
): boolean {
  const text = signature.length <= MAX_BYTES ? new TextDecoder().decode(signature) : "";
  const blob = decoded(ARMOUR.exec(text)?.[1] ?? "");
  return Object.entries(HASHES).some(([name, hash]) => {
    const claim = [string(namespace), string(""), string(name)];
    const before = [MAGIC, VERSION, string(publicKey(key)), ...claim];
    const own = blob.slice(-64);
    const whole = joined(...before, string(joined(string(KIND), string(own))));
    const payload = joined(MAGIC, ...claim, string(hash(content)));
    return equal(blob, whole) && isSignature(key, payload, own);
  });
}

function publicKey(key: Uint8Array): Uint8Array {
  return joined(string(KIND), string(key));
}

function decoded(armoured: string): Uint8Array {
  const text = armoured.replace(/[\r\n]/g, "").replace(/=.*$/, "");
  return base64Decode(text.padEnd(Math.ceil(text.length / 4) * 4, "=")) ?? new Uint8Array();
}

/** Return bytes behind their length, as SSH writes them. */
function string(content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? encode(content) : content;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined(length, bytes);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
