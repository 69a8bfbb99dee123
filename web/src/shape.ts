// The fields that Open Badges 3.0 and VC 2.0 require, each with the place where one is missing.
import { CLR, isIri, OB, VC } from "./canonical.ts";
import { moment } from "./did.ts";
import { at, type Finding } from "./findings.ts";
import { isObject, type Json, type JsonObject } from "./jsonbytes.ts";

const BADGE = ["OpenBadgeCredential", "AchievementCredential"];
export const ENDORSEMENT = "EndorsementCredential";
const RECORD = "ClrCredential";
const SUBJECT = "$.credentialSubject";

/** Yield a finding unless VC 2.0 stands first and Open Badges 3.0.3 second (CLR 2.0 between). */
export function* checkBadgeContexts(document: JsonObject): Generator<Finding> {
  const named = document["@context"];
  const isRecord = texts(document["type"]).includes(RECORD);
  const expected = isRecord ? [VC, CLR, OB] : [VC, OB];
  if (!Array.isArray(named) || expected.some((url, place) => named[place] !== url)) {
    const found = isRecord
      ? "three are not VC 2.0, CLR 2.0, OB"
      : "two contexts are not VC 2.0, OB 3.0.3";
    yield at("VC-051", `the first ${found}`, "$.@context");
  }
}

/** Yield what an OpenBadgeCredential, EndorsementCredential or ClrCredential lacks. */
export function* checkBadge(document: JsonObject): Generator<Finding> {
  const types = texts(document["type"]);
  if (types.includes(RECORD)) {
    yield* checkCredential(document);
    yield* learnerRecord(document["credentialSubject"]);
    return;
  }
  const isBadge = BADGE.some((type) => types.includes(type));
  if (!isBadge && !types.includes(ENDORSEMENT)) {
    yield wrong("$.type", "a list with OpenBadgeCredential or EndorsementCredential");
  }
  yield* checkCredential(document);
  const subject = document["credentialSubject"];
  if (!isObject(subject)) yield wrong(SUBJECT, "one object");
  else if (isBadge) yield* achievementSubject(subject);
  else if (!isIri(subject["id"])) yield wrong(`${SUBJECT}.id`, "the id of what is endorsed");
}

function* learnerRecord(subject: Json | undefined): Generator<Finding> {
  if (!isObject(subject)) {
    yield wrong(SUBJECT, "one object");
    return;
  }
  yield* typed(subject, "ClrSubject", SUBJECT);
  if (!("id" in subject) && !("identifier" in subject)) {
    yield wrong(SUBJECT, "an id or an identifier: whose record it is");
  }
  const held = subject["verifiableCredential"];
  if (!Array.isArray(held) || !held.every(isObject)) {
    yield wrong(`${SUBJECT}.verifiableCredential`, "a list of credentials");
  }
}

/** Yield what any VC 2.0 credential of an issuer lacks: id, type, issuer, dates, status. */
export function* checkCredential(document: JsonObject): Generator<Finding> {
  if (!isIri(document["id"])) yield wrong("$.id", "a URL or URN");
  if (!texts(document["type"]).includes("VerifiableCredential")) {
    yield wrong("$.type", "a list with VerifiableCredential");
  }
  if (issuerId(document) === null) {
    yield wrong("$.issuer", "a URL or DID, or an object with one as id");
  }
  if (moment(document["validFrom"]) === null) {
    yield wrong("$.validFrom", "a date and time with a zone");
  }
  for (const name of ["validUntil", "awardedDate"]) {
    if (name in document && moment(document[name]) === null) {
      yield wrong(`$.${name}`, "a date and time with a zone");
    }
  }
  if ("credentialStatus" in document) yield* status(document["credentialStatus"]);
}

/** Return the issuer's id, whether written as text or as an object's `id`; null if neither. */
export function issuerId(document: JsonObject): string | null {
  const issuer = document["issuer"];
  const found = isObject(issuer) ? issuer["id"] : issuer;
  return isIri(found) ? found : null;
}

function* achievementSubject(subject: JsonObject): Generator<Finding> {
  yield* typed(subject, "AchievementSubject", SUBJECT);
  if (!("id" in subject) && !("identifier" in subject)) {
    yield wrong(SUBJECT, "an id or an identifier: who received the credential");
  }
  if ("id" in subject && !isIri(subject["id"])) yield wrong(`${SUBJECT}.id`, "a URL or URN");
  const found = subject["achievement"];
  if (!isObject(found)) {
    yield wrong(`${SUBJECT}.achievement`, "one object");
    return;
  }
  yield* achievement(found, `${SUBJECT}.achievement`);
  yield* each(subject, "result", SUBJECT, "Result", []);
}

function* achievement(found: JsonObject, place: string): Generator<Finding> {
  yield* typed(found, "Achievement", place);
  if (!isIri(found["id"])) yield wrong(`${place}.id`, "a URL or URN");
  yield* filled(found, ["name", "description"], place);
  const criteria = found["criteria"];
  if (!isObject(criteria) || !("id" in criteria || "narrative" in criteria)) {
    yield wrong(`${place}.criteria`, "an object with id or narrative");
  }
  yield* each(found, "alignment", place, "Alignment", ["targetName", "targetUrl"]);
  const described = ["id", "name", "resultType"];
  yield* each(found, "resultDescription", place, "ResultDescription", described);
}

function* status(found: Json | undefined): Generator<Finding> {
  const place = "$.credentialStatus";
  if (!isObject(found)) yield wrong(place, "one object (Open Badges 3.0 allows no list)");
  else if (typeof found["type"] !== "string") yield wrong(`${place}.type`, "one text");
}

/** Yield what the objects of an optional list lack. */
function* each(
  parent: JsonObject,
  member: string,
  place: string,
  kind: string,
  required: readonly string[],
): Generator<Finding> {
  const items = member in parent ? parent[member] : [];
  if (!Array.isArray(items)) {
    yield wrong(`${place}.${member}`, "a list");
    return;
  }
  for (const [index, item] of items.entries()) {
    const here = `${place}.${member}[${index}]`;
    if (!isObject(item)) {
      yield wrong(here, "an object");
    } else {
      yield* typed(item, kind, here);
      yield* filled(item, required, here);
    }
  }
}

function* typed(thing: JsonObject, kind: string, place: string): Generator<Finding> {
  const types = thing["type"];
  if (!Array.isArray(types) || !types.includes(kind))
    yield wrong(`${place}.type`, `a list with ${kind}`);
}

function* filled(thing: JsonObject, members: readonly string[], place: string): Generator<Finding> {
  for (const member of members) {
    if (typeof thing[member] !== "string" || !thing[member])
      yield wrong(`${place}.${member}`, "a text");
  }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function wrong(place: string, expected: string): Finding {
  return at("VC-050", `expected here: ${expected}`, place);
}
