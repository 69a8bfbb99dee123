// Does an endorsement still stand beside what it endorses, and does that hold itself?
import { digestFits, endorserOf } from "./endorsement.ts";
import { at, NotChecked, Refused } from "./findings.ts";
import { isObject, type JsonObject } from "./jsonbytes.ts";
import { ENDORSEMENT, issuerId } from "./shape.ts";
import { isOk, type Verification } from "./verdicts.ts";
import { take } from "./verify.ts";

/** The endorsed credential as it is served now. */
export interface Endorsed {
  readonly content: Uint8Array;
  readonly verification: Verification;
}

/** Return where the credential stands that a document endorses by its digest, null if it does not. */
export function endorsedUrl(document: JsonObject): string | null {
  const { type, credentialSubject: subject } = document;
  if (!Array.isArray(type) || !type.includes(ENDORSEMENT)) return null;
  const named = isObject(subject) ? subject["id"] : null;
  return typeof named === "string" && cited(document) ? named : null;
}

/** Return the verification with one more step; `endorsed` says why there is none, else it is. */
export async function withEndorsed(
  found: Verification,
  document: JsonObject,
  endorsed: Endorsed | string,
): Promise<Verification> {
  const step = await take(found.steps.length + 1, "endorsed", () => {
    if (typeof endorsed === "string") throw new NotChecked(endorsed);
    return check(document, endorsed);
  });
  return { ...found, steps: [...found.steps, step] };
}

function check(document: JsonObject, endorsed: Endorsed): string {
  const url = String((document["credentialSubject"] as JsonObject)["id"]).slice(0, 200);
  if (!digestFits(cited(document) ?? {}, endorsed.content)) {
    const message = `the digest is not that of ${url} as it is served now`;
    throw new Refused([at("VC-091", message, "$.relatedResource")]);
  }
  const of = endorsed.verification;
  if (!isOk(of)) {
    const message = `${url} is ${of.signature.value}, ${of.status.value}`;
    throw new Refused([at("VC-092", message, "$.credentialSubject.id")]);
  }
  const told = "the credential that it endorses is this very file, and holds";
  const key = endorserOf(issuerId(document) ?? "");
  if (key === null) return told;
  if (new TextDecoder().decode(endorsed.content).includes(key)) {
    return `${told}; it names the endorser's key, ${key}, as that of a mentor who graded it`;
  }
  return `${told}; it does not name the endorser's key, ${key}`;
}

/** Return the one file that an endorsement cites by its digest. */
function cited(document: JsonObject): JsonObject | null {
  const listed = document["relatedResource"];
  const items = Array.isArray(listed) ? listed : [listed];
  const given = items.filter((item) => isObject(item) && "digestSRI" in item);
  return given.length === 1 ? (given[0] as JsonObject) : null;
}
