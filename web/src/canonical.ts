// What may be believed to be signed, and the one form in which it is: RDFC-1.0 N-Quads.
//
// Everything by which the JSON that is read and the graph that is signed could differ is refused, as
// in `credential/canonical.py`. jsonld.js expands, rdf-canonize canonicalises.
import { contexts } from "../build/pinned.json";
import { asText, at, refuse, Refused, type Finding } from "./findings.ts";
import { encode, isObject, type Json, type JsonObject } from "./jsonbytes.ts";
import { canonicaliseQuads, expand, orderings, quadsOf } from "./rdf.ts";

export type Path = readonly (string | number)[];

export const VC = "https://www.w3.org/ns/credentials/v2";
export const OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
export const CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";
export const CREDENTIAL_CONTEXTS: readonly string[] = [VC, OB];
const CLR_CONTEXTS: readonly string[] = [VC, CLR, OB];

const MAX_OBJECTS = 1_000;
const MAX_VALUES = 2_000;
const MAX_RECORD_VALUES = 6_000;
const MAX_RECORD_LIST = 200;
const MAX_CONTEXTS = 8;
const MAX_PLACES = 16;
const MAX_ORDERINGS = 5_000;
const MAX_KEPT = 8;

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
const IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+$/;
const VALUE_KEYWORDS = new Set(["@value", "@language", "@direction"]);

const kept = new Map<string, Promise<Uint8Array>>();

/**
 * Return the canonical N-Quads of a document without its proof, or throw `Refused`.
 *
 * What was begun for a document is not begun anew: `examine` begins while keys are still on the way.
 */
export function canonicalise(document: JsonObject): Promise<Uint8Array> {
  const key = JSON.stringify(document);
  let form = kept.get(key);
  if (!form) {
    form = canonicalForm(document);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, form);
  }
  return form;
}

async function canonicalForm(document: JsonObject): Promise<Uint8Array> {
  refuse(checkContexts(document));
  refuse(checkText(document));
  refuse(checkSpelling(document));
  const { expanded, dropped } = await understood(() => expand(document));
  // jsonld.js copies objects in a way that loses this one member, and does not say so.
  if ([...walk(document)].some(([path]) => path.at(-1) === "__proto__")) dropped.add("__proto__");
  refuse(checkTerms(document, expanded, dropped));
  const quads = await understood(() => quadsOf(expanded));
  if (orderings(quads) > MAX_ORDERINGS) {
    throw new Refused([at("VC-016", "parts without an id that cannot be told apart")]);
  }
  return encode(await canonicaliseQuads(quads));
}

async function understood<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    throw new Refused([at("VC-015", reason.slice(0, 300))]);
  }
}

/** Yield what is wrong with `@context`: known URLs, VC 2.0 first, and no other further in. */
export function* checkContexts(document: JsonObject): Generator<Finding> {
  const named = document["@context"];
  if (!Array.isArray(named) || !named.every((url) => typeof url === "string")) {
    yield at("VC-014", "@context is not a list of URLs", "$.@context");
    return;
  }
  if (named[0] !== VC) yield at("VC-014", `the first context is not ${VC}`, "$.@context[0]");
  if (named.length > MAX_CONTEXTS || new Set(named).size < named.length) {
    yield at("VC-014", "a context stands twice, or there are too many", "$.@context");
  }
  for (const [index, url] of named.entries()) {
    if (!Object.hasOwn(contexts, url)) {
      yield at("VC-014", `unknown context '${url.slice(0, 200)}'`, `$.@context[${index}]`);
    }
  }
  for (const [path, value] of walk(document)) {
    if (path.at(-1) !== "@context" || path.length === 1 || same(value, named)) continue;
    if (!isOfHeldCredential(path, value, named)) {
      yield at("VC-014", "a context of its own in the middle of the document", show(path));
    }
  }
}

/** Say whether this is the `@context` of a credential in a learner record (CLR 2.0). */
function isOfHeldCredential(path: Path, value: Json, named: Json[]): boolean {
  const isHeld = path[0] === "credentialSubject" && path[1] === "verifiableCredential";
  const isRecord = isHeld && path.length === 4 && same(named, CLR_CONTEXTS);
  return isRecord && same(value, CREDENTIAL_CONTEXTS);
}

/** Yield every text and key with a control character or a direction override. */
export function* checkText(document: Json): Generator<Finding> {
  for (const [path, value] of walk(document)) {
    for (const text of [value, path.at(-1)]) {
      const bad = typeof text === "string" ? FORBIDDEN.exec(text) : null;
      if (bad) yield at("VC-010", `holds ${codePoint(bad[0])}`, show(path));
    }
  }
}

/** Write a character as U+XXXX. */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Yield what would let the JSON read otherwise than the graph that is signed. */
function* checkSpelling(document: JsonObject): Generator<Finding> {
  let objects = 0;
  let values = 0;
  const isRecord = same(document["@context"]!, CLR_CONTEXTS);
  const most = isRecord ? MAX_RECORD_VALUES : MAX_VALUES;
  const own = ownIds(document);
  for (const [path, value] of walk(document)) {
    values++;
    if (isObject(value)) objects++;
    if (objects > MAX_OBJECTS || values > most) {
      yield at("VC-016", `more than ${MAX_OBJECTS} objects or ${most} values`);
      return;
    }
    if (isRecord && Array.isArray(value) && value.length > MAX_RECORD_LIST) {
      yield at("VC-016", `a list of more than ${MAX_RECORD_LIST}`, show(path));
      return;
    }
    if (path.includes("@context")) continue;
    const problem = misspelt(path, value);
    if (problem) yield at("VC-013", problem, show(path));
    if (isObject(value) && Object.keys(value).length > 1 && typeof value["id"] === "string") {
      const home = own.get(value["id"]);
      if (home !== undefined && home !== show(path)) {
        yield at("VC-013", "describes again what is described elsewhere", show(path));
      }
    }
  }
}

function misspelt(path: Path, value: Json): string {
  const key = path.at(-1) ?? "";
  if (typeof key === "string") {
    const isKeyword = key.startsWith("@") && !VALUE_KEYWORDS.has(key);
    if (key.includes(":") || isKeyword)
      return `the member '${key.slice(0, 200)}' is not a plain term`;
  }
  if (value === null) return "null is dropped, not signed";
  if (Array.isArray(value) && typeof key === "number") {
    return "a list in a list is flattened when it is signed";
  }
  return "";
}

/** Return the ids on which a verifier decides, each with the only place that may describe it. */
function ownIds(document: JsonObject): Map<string, string> {
  const ids = new Map<string, string>();
  for (const name of ["", "credentialStatus", "credentialSubject"]) {
    const thing = name ? document[name] : document;
    const id = isObject(thing) ? thing["id"] : undefined;
    if (typeof id === "string" && !ids.has(id)) ids.set(id, name ? `$.${name}` : "$");
  }
  return ids;
}

/** Yield the undefined terms and the identifiers that are no IRIs, with their places. */
function* checkTerms(
  document: JsonObject,
  expanded: unknown,
  dropped: ReadonlySet<string>,
): Generator<Finding> {
  const all = [...walk(document)];
  for (const term of dropped) {
    const places = all.filter(([path]) => path.at(-1) === term).map(([path]) => show(path));
    for (const place of places.length ? places.slice(0, MAX_PLACES) : ["$"]) {
      yield at("VC-011", `no context defines '${term.slice(0, 200)}'`, place);
    }
  }
  const relative = new Set([...identifiers(expanded)].filter((name) => !isIri(name)));
  for (const name of relative) {
    const places = all.filter(([, value]) => value === name).map(([path]) => show(path));
    for (const place of places.length ? places.slice(0, MAX_PLACES) : ["$"]) {
      yield at("VC-012", `not an absolute IRI: '${asText(name).slice(0, 200)}'`, place);
    }
  }
}

function* identifiers(expanded: unknown): Generator<unknown> {
  if (Array.isArray(expanded)) {
    for (const item of expanded) yield* identifiers(item);
  } else if (isObject(expanded) && !("@value" in expanded)) {
    for (const [key, value] of Object.entries(expanded)) {
      if (key === "@id") yield value;
      else if (key === "@type") yield* value as Json[];
      else yield* identifiers(value);
    }
  }
}

/** Yield every value of a JSON document with its path, from the root, in order. */
export function* walk(value: Json, path: Path = []): Generator<[Path, Json]> {
  yield [path, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* walk(item, [...path, index]);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) yield* walk(item, [...path, key]);
  }
}

/** Write a path as people do: `$.credentialSubject.achievement.alignment[2].targetUrl`. */
export function show(path: Path): string {
  return `$${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;
}

/** Say whether a value is the text of an absolute IRI (not a blank node). */
export function isIri(value: unknown): value is string {
  return typeof value === "string" && IRI.test(value);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
