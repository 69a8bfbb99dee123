// A credential's verification: the twelve steps of `credential/verify.py`, nothing fetched.
//
// `wanted` says which URLs the edge has to fetch. What could not be fetched makes a step "not
// checked", never "passed".
import { canonicalise, checkContexts, checkText } from "./canonical.ts";
import { controllerOf, day, didWebUrl, jwksUrl, moment, written } from "./did.ts";
import { at, NotChecked, Refused, refuse } from "./findings.ts";
import { parseObject, isObject, type JsonObject } from "./jsonbytes.ts";
import { isJwt, readJwt, type Token } from "./jwt.ts";
import { compareKeys, isSignature, toMultikey } from "./keys.ts";
import type { Known } from "./known.ts";
import { checkProofs, hashData, readProofs, SUITE, unsigned, type Proof } from "./proof.ts";
import {
  fetched,
  issuerKey,
  onlyProof,
  readEntry,
  readList,
  tokenKey,
  type Resources,
  type StatusList,
} from "./resolve.ts";
import { checkBadge, checkBadgeContexts, issuerId } from "./shape.ts";
import { isSet } from "./status.ts";
import {
  counted,
  freshnessVerdict,
  issuerVerdict,
  signatureVerdict,
  statusVerdict,
  unproven,
  untold,
  type Source,
  type Step,
  type Verification,
} from "./verdicts.ts";

const DAY = 86_400_000;
const STALE_AFTER = 31 * DAY;

/** What a verification rests on. */
export interface Asked {
  readonly resources: Resources;
  /** Milliseconds. */
  readonly now: number;
  readonly known: Known;
  readonly source?: Source;
  /** Told each step as soon as it is taken. */
  readonly onStep?: (step: Step) => void;
}

/** Take every step on a credential, with what was fetched. Never throws. */
export async function verify(content: Uint8Array, asked: Asked): Promise<Verification> {
  const found = new Case(content, asked);
  const steps: Step[] = [];
  for (const [name, check] of Object.entries(STEPS)) {
    const step = await take(steps.length + 1, name, () => check(found));
    for (const finding of step.findings) found.codes.add(finding.code);
    steps.push(step);
    asked.onStep?.(step);
  }
  const readable = found.canonical !== null && (found.proof ?? found.token) !== null;
  const signature = signatureVerdict(steps, readable, found.source);
  if (signature.value !== "valid") {
    return {
      steps,
      signature,
      status: untold("status"),
      issuer: unproven(),
      freshness: untold("freshness"),
    };
  }
  const signedAt = found.list?.validFrom ?? null;
  return {
    steps,
    signature,
    status: statusVerdict(steps, found.codes),
    issuer: issuerVerdict(found.issuer, asked.known, found.source, found.isKnownKey),
    freshness: freshnessVerdict(steps, signedAt, found.codes, asked.now),
  };
}

/** Return the URLs that `verify` would like to have, none if the credential is unreadable. */
export function wanted(content: Uint8Array): string[] {
  const urls: string[] = [];
  try {
    const document = documentOf(content);
    if (isJwt(content))
      urls.push(...[readJwt(content).kid].filter((k) => k.startsWith("https://")));
    const issuer = issuerId(document) ?? "";
    if (issuer.startsWith("did:web:")) urls.push(didWebUrl(issuer), jwksUrl(issuer));
    urls.push(...wantedOfOthers(document, issuer));
    const status = document["credentialStatus"];
    if (isObject(status)) urls.push(readEntry(status).listUrl);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NotChecked)) throw error;
  }
  return urls;
}

/** Return where the keys of further proofs stand, for a document with more than one. */
function wantedOfOthers(document: JsonObject, issuer: string): string[] {
  const proof = document["proof"];
  if (!Array.isArray(proof) || proof.length < 2) return [];
  const controllers = new Set(readProofs(document).map((one) => controllerOf(one.method)));
  controllers.delete(issuer);
  return [...controllers]
    .sort()
    .filter((did) => did.startsWith("did:web:"))
    .map(didWebUrl);
}

/** Return the credential that JSON or a JWT holds, unverified; throws `Refused`. */
export function documentOf(content: Uint8Array): JsonObject {
  return isJwt(content) ? readJwt(content).document : parseObject(content);
}

/** Take one step, however it ends. */
export async function take(
  number: number,
  id: string,
  check: () => string | Promise<string>,
): Promise<Step> {
  try {
    return { number, id, outcome: "passed", detail: await check(), findings: [] };
  } catch (error) {
    if (error instanceof NotChecked) {
      return { number, id, outcome: "not_checked", detail: error.message, findings: [] };
    }
    if (!(error instanceof Refused)) throw error;
    return { number, id, outcome: "failed", detail: error.message, findings: error.findings };
  }
}

/** What is asked, and what the steps have learnt so far. */
class Case {
  document: JsonObject | null = null;
  canonical: Uint8Array | null = null;
  /** The one that the issuer answers for. */
  proof: Proof | null = null;
  /** Every proof, where there are several or it is of another suite than ours. */
  members: readonly Proof[] = [];
  /** Instead of a proof, where the credential came as a JWT. */
  token: Token | null = null;
  key: Uint8Array | null = null;
  list: StatusList | null = null;
  readonly codes = new Set<string>();
  readonly source: Source;

  constructor(
    readonly content: Uint8Array,
    readonly asked: Asked,
  ) {
    this.source = asked.source ?? "site";
  }

  get knownDocument(): JsonObject {
    if (this.document === null) throw new NotChecked("there is no document to look at");
    return this.document;
  }

  get isKnownKey(): boolean {
    return this.key !== null && this.asked.known.keys.has(toMultikey(this.key));
  }

  get issuer(): string {
    const issuer = issuerId(this.knownDocument);
    if (issuer === null) throw new NotChecked("the credential names no issuer");
    return issuer;
  }
}

function parse(found: Case): string {
  if (isJwt(found.content)) {
    found.token = readJwt(found.content);
    found.document = found.token.document;
    return `a JWT of ${found.content.length} bytes, its claims as the credential says`;
  }
  found.document = parseObject(found.content);
  return `${found.content.length} bytes of JSON, every key once`;
}

function contexts(found: Case): string {
  refuse(checkContexts(found.knownDocument));
  refuse(checkBadgeContexts(found.knownDocument));
  return "the pinned contexts of VC 2.0 and Open Badges 3.0, in order";
}

function shape(found: Case): string {
  refuse(checkBadge(found.knownDocument));
  return "every field that Open Badges 3.0 requires";
}

function text(found: Case): string {
  refuse(checkText(found.knownDocument));
  return "no control characters, no direction overrides";
}

async function terms(found: Case): Promise<string> {
  const document = found.knownDocument;
  if (found.codes.has("VC-010") || found.codes.has("VC-014")) {
    const why = "what the text means is not settled, so there is nothing to canonicalise";
    throw new NotChecked(why);
  }
  found.canonical = await canonicalise(unsigned(document));
  const statements = found.canonical.reduce((sum, byte) => sum + Number(byte === 0x0a), 0);
  return `every member is covered by the signature (${statements} statements)`;
}

function proof(found: Case): string {
  if (found.token) {
    return `a JWT, signed with EdDSA by ${found.token.kid || "the key in its header"}`;
  }
  const members = readProofs(found.knownDocument);
  const [first] = members;
  if (members.length === 1 && first!.options["cryptosuite"] === SUITE) {
    found.proof = onlyProof(found.knownDocument);
    return `one proof by ${found.proof.method}, made ${day(found.proof.created)}`;
  }
  found.members = members;
  const byIssuer = members.find((one) => controllerOf(one.method) === found.issuer);
  found.proof = byIssuer ?? first!;
  const controllers = members.map((one) => controllerOf(one.method));
  return `${counted(members.length, "proof")}, by ${controllers.join(", ")}`;
}

function key(found: Case): string {
  const { resources, now } = found.asked;
  if (found.token) {
    const made = moment(found.knownDocument["validFrom"]) ?? now;
    found.key = tokenKey(found.token, found.issuer, resources, made);
  } else {
    const { method, created } = knownProof(found);
    found.key = issuerKey(method, created, found.issuer, resources);
  }
  if (found.source === "bundle") {
    return `the bundle's own did.json says that ${found.issuer} has the key`;
  }
  return `${found.issuer} vouches for the key`;
}

function knownProof(found: Case): Proof {
  if (found.proof === null) throw new NotChecked("there is no well-formed proof to look at");
  return found.proof;
}

function jwks(found: Case): string {
  const { issuer } = found;
  if (!issuer.startsWith("did:web:")) {
    throw new NotChecked("only a did:web issuer publishes a jwks.json");
  }
  const keys = fetched(found.asked.resources, jwksUrl(issuer));
  refuse(compareKeys(keys, fetched(found.asked.resources, didWebUrl(issuer))));
  return "jwks.json and did.json hold the same keys";
}

async function signature(found: Case): Promise<string> {
  const { canonical, key: own, members, token } = found;
  if (canonical === null || own === null) {
    throw new NotChecked("the document's form or the issuer's key is missing");
  }
  if (members.length) return signedByAll(found);
  const fits = token
    ? isSignature(own, token.signed, token.signature)
    : isSignature(own, await signedData(found, canonical), knownProof(found).signature);
  if (!fits) {
    throw new Refused([
      at("VC-024", "the signature does not fit this document and key", "$.proof"),
    ]);
  }
  return "signed by this key, and not altered since";
}

function signedData(found: Case, canonical: Uint8Array): Promise<Uint8Array> {
  return hashData(canonical, knownProof(found).options, found.knownDocument["@context"]);
}

/** Check every proof of a set or chain, each with the key that its own controller names. */
async function signedByAll(found: Case): Promise<string> {
  const keyOf = (one: Proof): Uint8Array =>
    issuerKey(one.method, one.created, controllerOf(one.method), found.asked.resources);
  refuse(await checkProofs(found.knownDocument, found.members, keyOf));
  return `signed ${counted(found.members.length, "time")}, and not altered since`;
}

function dates(found: Case): string {
  const document = found.knownDocument;
  const from = moment(document["validFrom"]);
  if (from === null) throw new NotChecked("validFrom is missing or malformed");
  const begins = Math.max(from, found.proof?.created ?? from);
  if (begins > found.asked.now) {
    throw new Refused([at("VC-060", `valid from ${written(begins)}`, "$.validFrom")]);
  }
  const ends = [moment(document["validUntil"]), found.proof?.expires ?? null].filter(
    (end) => end !== null,
  );
  const end = Math.min(...ends);
  if (end < found.asked.now) {
    throw new Refused([at("VC-061", `was valid until ${written(end)}`, "$.validUntil")]);
  }
  return `valid since ${day(from)}${ends.length ? `, until ${day(end)}` : ""}`;
}

async function status(found: Case): Promise<string> {
  const document = found.knownDocument;
  if (!("credentialStatus" in document) || document["credentialStatus"] === null) {
    return "it names no status list: its issuer cannot revoke it";
  }
  const named = document["credentialStatus"];
  if (!isObject(named)) throw new NotChecked("credentialStatus is malformed");
  const entry = readEntry(named);
  const where = `entry ${entry.index} of ${entry.listUrl}`;
  const list = await readList(entry, found.issuer, found.asked.resources, found.asked.now);
  const { keys } = found.asked.known;
  // A key that only the bundle vouches for may have signed a list in which nothing is set.
  const isUnnamed = keys.size > 0 && found.source === "bundle" && !keys.has(toMultikey(list.key));
  found.list = isUnnamed ? null : list;
  if (isSet(list.bits, entry.index)) {
    const code = entry.purpose === "revocation" ? "VC-062" : "VC-063";
    throw new Refused([at(code, `${where} is set`, "$.credentialStatus")]);
  }
  if (isUnnamed) {
    throw new NotChecked("the bundle's status list is signed with a key that you did not name");
  }
  return `${where} is not set`;
}

function freshness(found: Case): string {
  if (found.list === null) throw new NotChecked("there is no status list whose age could be told");
  const age = found.asked.now - found.list.validFrom;
  const told = `the status list is ${counted(Math.floor(age / DAY), "day")} old`;
  if (age > STALE_AFTER) throw new Refused([at("VC-065", told)]);
  return told;
}

/** The steps in their order; each returns what it found in words. */
const STEPS: Readonly<Record<string, (found: Case) => string | Promise<string>>> = {
  parse,
  contexts,
  shape,
  text,
  terms,
  proof,
  key,
  jwks,
  signature,
  dates,
  status,
  freshness,
};
