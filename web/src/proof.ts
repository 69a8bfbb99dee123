// Proofs with eddsa-rdfc-2022 and eddsa-jcs-2022 (vc-di-eddsa §3.2, §3.3), alone, in sets and chains
// (VC Data Integrity §4.6). Whose key it is, is the caller's question.
import { canonicalise, isIri } from "./canonical.ts";
import { moment } from "./did.ts";
import { asText, at, Refused, refuse, shown, type Finding } from "./findings.ts";
import { encode, isObject, jcs, type Json, type JsonObject } from "./jsonbytes.ts";
import { base58Decode, digest, isSignature } from "./keys.ts";

export const SUITE = "eddsa-rdfc-2022";
const SUITES: readonly unknown[] = [SUITE, "eddsa-jcs-2022"];
const PURPOSE = "assertionMethod";
const MAX_PROOFS = 8;

/** A well-formed proof, read from a document. */
export interface Proof {
  /** Every member but `proofValue`. */
  readonly options: JsonObject;
  readonly signature: Uint8Array;
  readonly method: string;
  readonly created: number;
  readonly expires: number | null;
  /** The proof as the document has it, where in it, and the proofs that it continues. */
  readonly written: JsonObject;
  readonly place: string;
  readonly previous: readonly string[];
}

/** Return the document without its proof. */
export function unsigned(document: JsonObject): JsonObject {
  return without(document, "proof");
}

/** Return the 64 bytes that are signed: SHA-256 of the proof options, then of the document. */
export async function hashData(
  canonical: Uint8Array,
  options: JsonObject,
  context: Json | undefined,
): Promise<Uint8Array> {
  const whole = context === undefined ? options : { "@context": context, ...options };
  return joined(await canonicalise(whole), canonical);
}

/** Return every proof of a document that is read here, or throw `Refused` with all that is wrong. */
export function readProofs(document: JsonObject): Proof[] {
  const listed = document["proof"];
  const proofs = Array.isArray(listed) ? listed : [listed];
  if (!proofs.length || proofs.length > MAX_PROOFS || !proofs.every(isObject)) {
    throw new Refused([
      at("VC-020", "proof is not an object or a short list of objects", "$.proof"),
    ]);
  }
  const findings: Finding[] = [];
  const members: Proof[] = [];
  const hasOurs = proofs.some((proof) => SUITES.includes(proof["cryptosuite"]));
  for (const [index, proof] of proofs.entries()) {
    if (hasOurs && isOfOthers(proof)) continue;
    try {
      members.push(
        readOne(proof, Array.isArray(listed) ? `$.proof[${index}]` : "$.proof", document),
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      findings.push(...error.findings);
    }
  }
  refuse([...findings, ...checkChain(members)]);
  return members;
}

/** Return why some proof does not hold; nothing if every one of them does. */
export async function checkProofs(
  document: JsonObject,
  members: readonly Proof[],
  keyOf: (proof: Proof) => Uint8Array,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const member of members) {
    try {
      const data = await signedBy(document, member, members);
      if (!isSignature(keyOf(member), data, member.signature)) {
        findings.push(
          at("VC-024", "the signature does not fit this document and key", member.place),
        );
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      findings.push(...error.findings);
    }
  }
  return findings;
}

function isOfOthers(proof: JsonObject): boolean {
  return proof["type"] === "DataIntegrityProof" && !SUITES.includes(proof["cryptosuite"]);
}

function readOne(proof: JsonObject, place: string, document: JsonObject): Proof {
  if (proof["type"] !== "DataIntegrityProof") {
    const found = `type is ${shown(proof["type"])}, not DataIntegrityProof`;
    throw new Refused([at("VC-020", found, place)]);
  }
  if (!SUITES.includes(proof["cryptosuite"])) {
    const found = `cryptosuite is ${shown(proof["cryptosuite"])}`;
    throw new Refused([at("VC-021", found, `${place}.cryptosuite`)]);
  }
  const previous = previousOf("previousProof" in proof ? proof["previousProof"]! : [], place);
  if (proof["cryptosuite"] === SUITE || !("@context" in proof)) {
    return { ...readAlone(proof, place), written: proof, place, previous };
  }
  const own = asList(proof["@context"]);
  const whole = asList(document["@context"]);
  if (own.some((url, index) => jcs(url ?? null) !== jcs(whole[index] ?? null))) {
    const found = "the proof's contexts are not those that the document begins with";
    throw new Refused([at("VC-020", found, `${place}.@context`)]);
  }
  const read = readAlone(without(proof, "@context"), place);
  const options = { ...read.options, "@context": proof["@context"]! };
  return { ...read, options, written: proof, place, previous };
}

function readAlone(
  proof: JsonObject,
  place: string,
): Pick<Proof, "options" | "signature" | "method" | "created" | "expires"> {
  if (proof["proofPurpose"] !== PURPOSE) {
    const found = `proofPurpose is ${shown(proof["proofPurpose"])}`;
    throw new Refused([at("VC-022", found, `${place}.proofPurpose`)]);
  }
  if ("@context" in proof) {
    throw new Refused([at("VC-020", "a proof has no context of its own", place)]);
  }
  const created = member(proof, "created", moment, place);
  const method = member(proof, "verificationMethod", (text) => (isIri(text) ? text : null), place);
  const signature = member(proof, "proofValue", signatureOf, place);
  const expires = "expires" in proof ? member(proof, "expires", moment, place) : null;
  return { options: without(proof, "proofValue"), signature, method, created, expires };
}

function member<T>(
  proof: JsonObject,
  name: string,
  read: (value: unknown) => T | null,
  place: string,
): T {
  const value = read(proof[name]);
  if (value === null) {
    const found = `${name} is malformed: ${shown(proof[name])}`;
    throw new Refused([at("VC-023", found, `${place}.${name}`)]);
  }
  return value;
}

/** Return the 64 bytes of `z…`, only in its one canonical spelling. */
function signatureOf(text: unknown): Uint8Array | null {
  const raw = typeof text === "string" && text.startsWith("z") ? base58Decode(text.slice(1)) : null;
  return raw?.length === 64 ? raw : null;
}

function previousOf(value: Json, place: string): string[] {
  const named = typeof value === "string" ? [value] : value;
  if (!Array.isArray(named) || !named.every((item) => typeof item === "string")) {
    throw new Refused([at("VC-025", "it is neither an id nor a list", `${place}.previousProof`)]);
  }
  return named;
}

function* checkChain(members: readonly Proof[]): Generator<Finding> {
  const named = members
    .map((one) => one.written["id"])
    .filter((id) => id !== undefined && id !== null);
  if (new Set(named.map(asText)).size < named.length) {
    yield at("VC-025", "two proofs have the same id", "$.proof");
    return;
  }
  const follows = new Map(members.map((one) => [asText(one.written["id"]), one.previous]));
  for (const one of members) {
    for (const name of one.previous.filter((name) => !named.includes(name))) {
      yield at("VC-025", `there is no proof '${name.slice(0, 200)}'`, `${one.place}.previousProof`);
    }
  }
  for (const name of named.map(asText)) {
    if (before(name, follows).has(name)) {
      yield at("VC-025", `'${name.slice(0, 200)}' follows itself`, "$.proof");
    }
  }
}

/** Return every proof that a proof rests on, however far back. */
function before(name: string, follows: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const pending = [...(follows.get(name) ?? [])];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (!found.has(one)) {
      found.add(one);
      pending.push(...(follows.get(one) ?? []));
    }
  }
  return found;
}

/** Return the 64 bytes that a proof is over: the document with the proofs that it continues. */
async function signedBy(
  document: JsonObject,
  proof: Proof,
  members: readonly Proof[],
): Promise<Uint8Array> {
  const base = unsigned(document);
  if (proof.previous.length) {
    const continued = members.filter((one) => proof.previous.includes(one.written["id"] as string));
    base["proof"] = continued.map((one) => one.written);
  }
  if (proof.options["cryptosuite"] === SUITE) {
    return hashData(await canonicalise(base), proof.options, document["@context"]);
  }
  if ("@context" in proof.options) base["@context"] = proof.options["@context"]!;
  return joined(encode(jcs(proof.options)), encode(jcs(base)));
}

function joined(options: Uint8Array, document: Uint8Array): Uint8Array {
  return Uint8Array.from([...digest(options), ...digest(document)]);
}

function without(thing: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(thing).filter(([key]) => key !== name));
}

function asList(value: Json | undefined): (Json | undefined)[] {
  return Array.isArray(value) ? value : [value];
}
