// What a credential refers to: the issuer's key and the status list, out of bytes already fetched.
//
// Each can be good, bad (`Refused`), or not there (`NotChecked`), and the three are never confused.
import { canonicalise, checkText } from "./canonical.ts";
import { controllerOf, didKeyBytes, didWebUrl, methodOf, moment, vouchedKey } from "./did.ts";
import { at, NotChecked, Refused, refuse, shown } from "./findings.ts";
import { isObject, parseObject, type JsonObject } from "./jsonbytes.ts";
import type { Token } from "./jwt.ts";
import { fromJwk, isSignature, toMultikey } from "./keys.ts";
import { hashData, readProofs, SUITE, unsigned, type Proof } from "./proof.ts";
import { checkCredential, issuerId } from "./shape.ts";
import { decodeList } from "./status.ts";

/** A URL that was asked for in vain, and why. */
export class Unavailable {
  constructor(readonly reason: string) {}
}

/** URL → what a GET brought, or why it brought nothing. */
export type Resources = ReadonlyMap<string, Uint8Array | Unavailable>;

/** Where a credential's status stands. */
export interface Entry {
  readonly listUrl: string;
  readonly index: number;
  readonly purpose: string;
}

/** A status list that its issuer signed, as it was at `validFrom`. */
export interface StatusList {
  readonly bits: Uint8Array;
  readonly validFrom: number;
  readonly key: Uint8Array;
}

const PURPOSES: readonly unknown[] = ["revocation", "suspension"];

/** Return what stands at a URL, or throw `NotChecked`. */
export function fetched(resources: Resources, url: string): Uint8Array {
  const found = resources.get(url) ?? new Unavailable("it was not fetched");
  if (found instanceof Unavailable)
    throw new NotChecked(`${url} is not available: ${found.reason}`);
  return found;
}

/** Return the key of a verificationMethod, if the issuer vouched for it when the proof was made. */
export function issuerKey(
  method: string,
  created: number,
  issuer: string,
  resources: Resources,
): Uint8Array {
  const controller = controllerOf(method);
  if (controller !== issuer) {
    const found = `the key belongs to ${controller.slice(0, 200)}, not to the issuer ${issuer}`;
    throw new Refused([at("VC-033", found, "$.proof.verificationMethod")]);
  }
  if (issuer.startsWith("did:key:")) return didKeyBytes(method);
  return vouchedKey(fetched(resources, didWebUrl(issuer)), method, created);
}

/** Return the key of a JWT, if the issuer vouches for it in its DID document. */
export function tokenKey(
  token: Token,
  issuer: string,
  resources: Resources,
  created: number,
): Uint8Array {
  if (token.kid.startsWith("did:")) return issuerKey(token.kid, created, issuer, resources);
  if (token.kid && !token.kid.startsWith("https://")) {
    const found = `kid is neither a DID URL nor an https URL: ${shown(token.kid, 200)}`;
    throw new Refused([at("VC-071", found, "header.kid")]);
  }
  const key = fromJwk(token.jwk ?? parseObject(fetched(resources, token.kid)));
  if (issuer.startsWith("did:key:")) {
    const own = toMultikey(key);
    return issuerKey(`did:key:${own}#${own}`, created, issuer, resources);
  }
  const document = fetched(resources, didWebUrl(issuer));
  return issuerKey(methodOf(document, key), created, issuer, resources);
}

/** Return where the status stands; throws `Refused`, and `NotChecked` for kinds unknown here. */
export function readEntry(entry: JsonObject): Entry {
  const { type, statusPurpose: purpose, statusListIndex: index, statusListCredential: url } = entry;
  if (type !== "BitstringStatusListEntry") {
    throw new NotChecked(`a status of type ${shown(type)} is not read here`);
  }
  if (!PURPOSES.includes(purpose) || "statusSize" in entry) {
    throw new NotChecked(`a status for the purpose ${shown(purpose)} is not read here`);
  }
  if (typeof url !== "string" || !url.startsWith("https://")) {
    const found = "statusListCredential is not an https URL";
    throw new Refused([at("VC-064", found, "$.credentialStatus.statusListCredential")]);
  }
  if (typeof index !== "string" || !/^(?:0|[1-9][0-9]{0,9})$/.test(index)) {
    const found = `statusListIndex is ${shown(index)}`;
    throw new Refused([at("VC-042", found, "$.credentialStatus.statusListIndex")]);
  }
  return { listUrl: url, index: Number(index), purpose: String(purpose) };
}

/** Return the list of an entry, its own signature checked; throws `Refused`, `NotChecked`. */
export async function readList(
  entry: Entry,
  issuer: string,
  resources: Resources,
  now: number,
): Promise<StatusList> {
  const document = parseObject(fetched(resources, entry.listUrl));
  refuse(checkText(document));
  refuse(checkCredential(document));
  const proof = onlyProof(document);
  const key = issuerKey(proof.method, proof.created, issuer, resources);
  if (!(await isSigned(document, proof, key))) {
    throw new Refused([
      at("VC-024", "the signature does not fit this document and key", "$.proof"),
    ]);
  }
  const named = document["credentialSubject"];
  const subject = isObject(named) ? named : {};
  for (const [problem, holds] of demands(document, subject, entry, issuer, now)) {
    if (!holds) throw new Refused([at("VC-064", problem, entry.listUrl)]);
  }
  const bits = await decodeList(subject["encodedList"]);
  return { bits, validFrom: moment(document["validFrom"]) ?? now, key };
}

/** Return the one eddsa-rdfc-2022 proof of a document that is not allowed any more. */
export function onlyProof(document: JsonObject): Proof {
  const ours = readProofs(document).filter((proof) => proof.options["cryptosuite"] === SUITE);
  const [proof, ...more] = ours;
  if (!proof) throw new Refused([at("VC-021", `no proof with ${SUITE}`, "$.proof")]);
  if (more.length)
    throw new Refused([at("VC-020", `${ours.length} proofs with ${SUITE}`, "$.proof")]);
  if ("previousProof" in proof.written) {
    throw new Refused([at("VC-020", "a proof that continues another stands alone", proof.place)]);
  }
  return proof;
}

/** Say whether a document's only proof is by a key. */
export async function isSigned(
  document: JsonObject,
  proof: Proof,
  key: Uint8Array,
): Promise<boolean> {
  const canonical = await canonicalise(unsigned(document));
  const data = await hashData(canonical, proof.options, document["@context"]);
  return isSignature(key, data, proof.signature);
}

/** Return what must hold of a list (Bitstring Status List §3.2), with what is said if not. */
function demands(
  document: JsonObject,
  subject: JsonObject,
  entry: Entry,
  issuer: string,
  now: number,
): [string, boolean][] {
  const types = document["type"];
  const purposes = subject["statusPurpose"];
  const isNamed = Array.isArray(purposes)
    ? purposes.includes(entry.purpose)
    : purposes === entry.purpose;
  const from = moment(document["validFrom"]);
  const until = moment(document["validUntil"]);
  return [
    [
      "its type is not BitstringStatusListCredential",
      Array.isArray(types) && types.includes("BitstringStatusListCredential"),
    ],
    ["its issuer is not the credential's issuer", issuerId(document) === issuer],
    ["it was made for another URL", document["id"] === entry.listUrl],
    ["its subject is not a BitstringStatusList", subject["type"] === "BitstringStatusList"],
    ["it has another purpose", isNamed],
    ["it is dated in the future", from !== null && from <= now],
    ["it has expired", until === null || now <= until],
  ];
}
