// A credential as a compact JWT, the other form that Open Badges 3.0 knows (§8.2), signed with EdDSA.
import { moment } from "./did.ts";
import { at, Refused, shown, type Finding } from "./findings.ts";
import { encode, isObject, parseObject, type Json, type JsonObject } from "./jsonbytes.ts";
import { base64urlDecode } from "./keys.ts";
import { issuerId } from "./shape.ts";

const HEADER = new Set(["alg", "typ", "kid", "jwk"]);
const CLAIMS = new Set(["iss", "jti", "sub", "nbf", "iat", "exp"]);

/** A JWT that is well formed; whether its signature holds is not said yet. */
export interface Token {
  /** Where the key stands; empty where the header holds the key itself. */
  readonly kid: string;
  readonly jwk: JsonObject | null;
  /** The credential, without the registered claims. */
  readonly document: JsonObject;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Say whether a file looks like a compact JWT rather than JSON or a picture. */
export function isJwt(content: Uint8Array): boolean {
  const begins = content[0] === 0x65 && content[1] === 0x79 && content[2] === 0x4a;
  return begins && content.reduce((dots, byte) => dots + Number(byte === 0x2e), 0) === 2;
}

/** Return the parts of a JWT; throws `Refused` with every reason not to go on. */
export function readJwt(content: Uint8Array): Token {
  const text = new TextDecoder().decode(content).trim();
  const [head, payload, signature] = text.split(".").map(base64urlDecode);
  if (!head || !payload || !signature) {
    throw new Refused([at("VC-071", "not three canonical base64url parts")]);
  }
  const header = parseObject(head);
  const claims = parseObject(payload);
  const document = Object.fromEntries(Object.entries(claims).filter(([name]) => !CLAIMS.has(name)));
  const findings = [...checkHeader(header), ...checkClaims(claims, document)];
  if (findings.length) throw new Refused(findings);
  const { kid = "", jwk = null } = header as { kid?: string; jwk?: JsonObject };
  return { kid, jwk, document, signed: encode(text.slice(0, text.lastIndexOf("."))), signature };
}

function* checkHeader(header: JsonObject): Generator<Finding> {
  const { alg, typ = "JWT", kid = "", jwk = {} } = header;
  if (alg !== "EdDSA") yield at("VC-071", `alg is ${shown(alg, 40)}`, "header.alg");
  if (typ !== "JWT") yield at("VC-071", `typ is ${shown(typ, 40)}`, "header.typ");
  if (typeof kid !== "string" || !isObject(jwk)) {
    yield at("VC-071", "kid is a text, jwk an object", "header");
  } else if ("kid" in header === "jwk" in header) {
    yield at("VC-071", "it names its key either by kid or by jwk", "header.kid");
  } else if ("d" in jwk) {
    const found = "jwk holds a private key: whoever reads it can sign";
    yield at("VC-071", found, "header.jwk.d");
  }
  for (const name of Object.keys(header)
    .filter((key) => !HEADER.has(key))
    .sort()) {
    yield at("VC-071", `'${name.slice(0, 40)}' is not read here`, `header.${name.slice(0, 40)}`);
  }
}

function* checkClaims(claims: JsonObject, document: JsonObject): Generator<Finding> {
  const expected = expectedClaims(document);
  for (const name of [...new Set(["iss", "jti", "nbf", ...expected.keys()])].sort()) {
    if (!(name in claims) || claims[name] !== (expected.get(name) ?? null)) {
      yield at("VC-072", `${name} is not what the credential says`, `payload.${name}`);
    }
  }
  if ("exp" in claims && !expected.has("exp")) {
    yield at("VC-072", "exp stands there without a validUntil", "payload.exp");
  }
}

/** Return the registered claims that follow from a credential, as far as it has them. */
function expectedClaims(document: JsonObject): Map<string, Json> {
  const subject = document["credentialSubject"];
  const claims = new Map<string, Json>();
  const texts: [string, unknown][] = [
    ["iss", issuerId(document)],
    ["jti", document["id"]],
    ["sub", isObject(subject) ? subject["id"] : null],
  ];
  for (const [name, value] of texts) if (typeof value === "string") claims.set(name, value);
  for (const [name, of] of [
    ["nbf", "validFrom"],
    ["exp", "validUntil"],
  ] as const) {
    const found = moment(document[of]);
    if (found !== null) claims.set(name, Math.floor(found / 1000));
  }
  return claims;
}
