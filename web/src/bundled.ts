// A bundle's verification: the credential's own steps, and what its other files say of it.
//
// On whose word the issuer's keys rest is said: on the bundle's alone, unless they came from
// elsewhere (`live`) or are known, themselves or by a root key that vouches for them.
import type { Bundle, File, Role } from "./bundle.ts";
import { didWebUrl, jwksUrl, moment } from "./did.ts";
import { endorserOf, isOver, readEndorsement, type Endorsement } from "./endorsement.ts";
import { asText, at, NotChecked, Refused } from "./findings.ts";
import { isObject, jcs, parseObject, toBytes, type JsonObject } from "./jsonbytes.ts";
import { readJwt } from "./jwt.ts";
import { checkHistory } from "./key_history.ts";
import { equal, fromMultikey, isSignature } from "./keys.ts";
import { withIssuer, type Known } from "./known.ts";
import { unsigned } from "./proof.ts";
import { isSigned, issuerKey, tokenKey, type Resources, type Unavailable } from "./resolve.ts";
import { issuerId } from "./shape.ts";
import { isSshSignature } from "./sshsig.ts";
import { counted, type Source, type Step, type Verification } from "./verdicts.ts";
import { take, verify, type Asked } from "./verify.ts";

/** Of a root key's signatures over the issuer's keys. */
const KEYS_NAMESPACE = "jobtwin-issuer-keys@v1";

/** A check of the bundle's other files; says nothing where there are none of its kind. */
type Check = (bundle: Bundle, document: JsonObject, had: Resources) => string | Promise<string>;

/** Take every step on a bundle's credential and then on its other files. Never throws. */
export async function verifyBundle(
  bundle: Bundle,
  asked: Omit<Asked, "resources">,
  live: Resources = new Map(),
): Promise<Verification> {
  const { content } = bundle.credential;
  const { resources, source } = rests(bundle, live);
  const isVouched = isVouchedFor(bundle, asked.known);
  const found = await verify(content, {
    ...asked,
    resources,
    known: isVouched ? withIssuer(asked.known, issuerOf(content)) : asked.known,
    source: isVouched && follows(bundle) ? "site" : source,
  });
  if (found.signature.value !== "valid") return found;
  const document = parseObject(content);
  const steps: Step[] = [...found.steps];
  for (const [name, check] of Object.entries(CHECKS)) {
    const step = await take(steps.length + 1, name, () => check(bundle, document, resources));
    if (step.outcome === "passed" && !step.detail) continue;
    steps.push(step);
    asked.onStep?.(step);
  }
  return { ...found, steps };
}

/** Return the files that are verified with, and on whose word the issuer's keys rest. */
function rests(bundle: Bundle, live: Resources): { resources: Resources; source: Source } {
  const had = [...live].filter(([, body]) => body instanceof Uint8Array);
  const resources = new Map<string, Uint8Array | Unavailable>([
    ...bundle.files.map((file) => [file.url, file.content] as const),
    ...had,
  ]);
  const issuer = issuerOf(bundle.credential.content);
  if (issuer.startsWith("did:key:")) return { resources, source: "site" };
  const keys = keyUrls(issuer);
  if (!keys[0] || !(live.get(keys[0]) instanceof Uint8Array))
    return { resources, source: "bundle" };
  // What stands beside a did.json of another day says nothing of it.
  for (const url of keys) {
    const body = live.get(url);
    if (body) resources.set(url, body);
  }
  return { resources, source: "site" };
}

/** Say whether a known root key signed the bundle's key history. */
function isVouchedFor(bundle: Bundle, known: Known): boolean {
  const [history] = bundle.of("key-history");
  const [signature] = bundle.of("key-history-signature");
  if (!history || !signature) return false;
  return [...known.roots].some((root) =>
    isSshSignature(history.content, signature.content, fromMultikey(root), KEYS_NAMESPACE),
  );
}

/** Say whether the bundle's did.json and jwks.json follow from its key history. */
function follows(bundle: Bundle): boolean {
  try {
    return keyHistory(bundle, parseObject(bundle.credential.content)) !== "";
  } catch (error) {
    if (error instanceof Refused || error instanceof NotChecked) return false;
    throw error;
  }
}

function issuerOf(content: Uint8Array): string {
  try {
    return issuerId(parseObject(content)) ?? "";
  } catch (error) {
    if (error instanceof Refused) return "";
    throw error;
  }
}

function keyUrls(issuer: string): string[] {
  try {
    return [didWebUrl(issuer), jwksUrl(issuer)];
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

function whole(bundle: Bundle, document: JsonObject): string {
  const { url } = bundle.credential;
  if (document["id"] !== url) {
    const found = `the credential is ${JSON.stringify(document["id"])?.slice(0, 200)}, not ${url}`;
    throw new Refused([at("VC-075", found, "$.files")]);
  }
  return `${counted(bundle.files.length, "file")}, each with the digest that it is named by`;
}

function keyHistory(bundle: Bundle, document: JsonObject): string {
  const [file] = bundle.of("key-history");
  if (!file) return "";
  const issuer = issuerId(document) ?? "";
  const own = (role: Role, url: string): Uint8Array | undefined =>
    bundle.of(role).find((one) => one.url === url)?.content;
  const didJson = own("did", didWebUrl(issuer));
  const jwksJson = own("jwks", jwksUrl(issuer));
  if (!didJson || !jwksJson) throw new NotChecked("did.json or jwks.json is not in the bundle");
  return checkHistory(file.content, issuer, didJson, jwksJson);
}

function jwt(bundle: Bundle, document: JsonObject, resources: Resources): string {
  const [file] = bundle.of("jwt");
  if (!file) return "";
  const token = readJwt(file.content);
  if (jcs(token.document) !== jcs(unsigned(document))) {
    throw new Refused([at("VC-075", "the JWT is of another credential", file.url)]);
  }
  checkBare(bundle);
  const made = moment(document["validFrom"]);
  if (made === null) throw new NotChecked("validFrom is missing or malformed");
  const key = tokenKey(token, issuerId(document) ?? "", resources, made);
  if (!isSignature(key, token.signed, token.signature)) {
    throw new Refused([at("VC-024", "the JWT's signature does not fit", file.url)]);
  }
  return "the JWT says the same, signed by the issuer too";
}

/** Throw `Refused` unless the bare JWK is, byte for byte, one of those in jwks.json. */
function checkBare(bundle: Bundle): void {
  const [bare] = bundle.of("jwk");
  const [keys] = bundle.of("jwks");
  if (!bare || !keys) return;
  const listed = parseObject(keys.content)["keys"];
  if (!Array.isArray(listed) || !listed.some((key) => equal(toBytes(key), bare.content))) {
    throw new Refused([at("VC-075", "it is not one of the keys in jwks.json", bare.url)]);
  }
}

async function endorsements(
  bundle: Bundle,
  document: JsonObject,
  resources: Resources,
): Promise<string> {
  const said = bundle.of("endorsement").map((file) => endorsed(bundle, document, file));
  const graders = gradersOf(document);
  const told: string[] = [];
  for (const one of said) {
    await prove(one, resources);
    const key = endorserOf(one.issuer);
    const grader = key && graders.includes(key) ? "who graded it" : "whom the credential omits";
    told.push(`${one.name}, ${grader}`);
  }
  return told.length ? `${told.length} by the key of ${told.join("; ")}` : "";
}

async function outcomes(
  bundle: Bundle,
  document: JsonObject,
  resources: Resources,
): Promise<string> {
  const said = bundle.of("outcome").map((file) => endorsed(bundle, document, file));
  for (const one of said) await prove(one, resources);
  const names = said.map((one) => `${one.name} (${one.issuer})`).join("; ");
  return said.length ? `${said.length} by ${names}; whose key that is rests on the bundle` : "";
}

/** Return an endorsement of just this credential's file; throws `Refused` for any other. */
function endorsed(bundle: Bundle, document: JsonObject, file: File): Endorsement {
  const found = readEndorsement(file.content);
  if (found.credential !== document["id"] || !isOver(found, bundle.credential.content)) {
    throw new Refused([at("VC-075", "it is said of another file than this credential", file.url)]);
  }
  if (found.id !== file.url) {
    throw new Refused([at("VC-075", `it calls itself ${found.id.slice(0, 200)}`, file.url)]);
  }
  return found;
}

async function prove(one: Endorsement, resources: Resources): Promise<void> {
  const key = issuerKey(one.proof.method, one.proof.created, one.issuer, resources);
  if (!(await isSigned(one.document, one.proof, key))) {
    throw new Refused([
      at("VC-024", "the signature does not fit this document and key", "$.proof"),
    ]);
  }
}

/** Return what the signed credential says of those who graded, with their keys. */
function gradersOf(document: JsonObject): string {
  const subject = document["credentialSubject"];
  const source = isObject(subject) ? subject["source"] : null;
  return isObject(source) ? asText(source["description"] ?? "") : "";
}

const CHECKS: Readonly<Record<string, Check>> = {
  bundle: whole,
  key_history: keyHistory,
  jwt,
  endorsements,
  outcomes,
};
