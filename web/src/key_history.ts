// keys/issuer-keys.yml, the life of an issuer's keys, and the two files that follow from it.
//
// Only the plain form that the engine writes is read: one line for each member. Anything else is not
// checked here; `jobtwin verify` reads all of YAML.
import { moment } from "./did.ts";
import { at, NotChecked, Refused } from "./findings.ts";
import { decode, toBytes, type JsonObject } from "./jsonbytes.ts";
import { equal, fromMultikey, toJwk } from "./keys.ts";
import { counted } from "./verdicts.ts";

const LINE = /^(- | {2}|)([a-z_]+): (?:'([^'\\]*)'|([A-Za-z0-9.:-]+))$/;
const DID_CONTEXTS = [
  "https://www.w3.org/ns/did/v1",
  "https://w3id.org/security/multikey/v1",
  "https://w3id.org/security/jwk/v1",
];
const PATH = "keys/issuer-keys.yml";

/** A key of the issuer, with its dates as they are written. */
type Entry = Readonly<Record<string, string>>;

/** Return in words what a history says; throws `Refused` where the two files do not follow. */
export function checkHistory(
  history: Uint8Array,
  did: string,
  didJson: Uint8Array,
  jwksJson: Uint8Array,
): string {
  const entries = readHistory(decode(history));
  const published = publishedOf(entries);
  const expected: [string, JsonObject, Uint8Array][] = [
    ["keys/did.json", didDocument(did, published), didJson],
    ["keys/jwks.json", { keys: published.map(jwkOf) }, jwksJson],
  ];
  for (const [path, document, content] of expected) {
    if (!equal(toBytes(document), content)) {
      throw new Refused([at("VC-034", "it is not what the history gives", path)]);
    }
  }
  const stolen = entries.filter((key) => key["compromised"]).length;
  const ended = entries.filter((key) => key["retired"] && !key["compromised"]).length;
  const known = counted(entries.length, "key");
  return `${known} so far, ${ended} retired, ${stolen} withdrawn as compromised`;
}

function readHistory(text: string): Entry[] {
  const [first, second, ...lines] = text
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  if (first !== "format: 1" || second !== "keys:") {
    throw new Refused([at("VC-034", "it is no history of keys", PATH)]);
  }
  const entries: Record<string, string>[] = [];
  for (const line of lines) {
    const [, lead, name, quoted, plain] = LINE.exec(line.replace(/^ {2}(?=- | {2})/, "")) ?? [];
    if (name === undefined || !lead) throw unread();
    if (lead === "- ") entries.push({});
    const entry = entries.at(-1);
    if (!entry || name in entry) throw unread();
    entry[name] = quoted ?? plain!;
  }
  if (!entries.length || !entries.every(isEntry)) throw unread();
  return entries;
}

function isEntry(entry: Entry): boolean {
  const dates = ["since", "retired", "compromised"].filter((name) => name in entry);
  const isDated = dates.every((name) => moment(entry[name]) !== null);
  return isDated && "since" in entry && "fragment" in entry && "public_key" in entry;
}

function unread(): NotChecked {
  return new NotChecked(`${PATH} is not in the form that is read in a browser`);
}

/** Return the keys that are published: current before retired, newest first. */
function publishedOf(entries: readonly Entry[]): Entry[] {
  const kept = entries.filter((key) => !key["compromised"]);
  const rank = (key: Entry): [number, number, string] => [
    key["retired"] ? 1 : 0,
    -moment(key["since"])!,
    key["fragment"]!,
  ];
  return kept.sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? 1 : -1);
  });
}

function jwkOf(key: Entry): JsonObject {
  const dates: JsonObject = { created: timestamp(key["since"]!) };
  if (key["retired"]) dates["retired"] = timestamp(key["retired"]);
  return { ...toJwk(fromMultikey(key["public_key"])), ...dates };
}

function didDocument(did: string, published: readonly Entry[]): JsonObject {
  const methods = [
    ...published.map((key) => multikeyMethod(did, key)),
    ...published.map((key) => jwkMethod(did, key)),
  ];
  return {
    "@context": DID_CONTEXTS,
    id: did,
    verificationMethod: methods,
    assertionMethod: methods.map((method) => method["id"]!),
  };
}

function multikeyMethod(did: string, key: Entry): JsonObject {
  const method: JsonObject = {
    id: `${did}#${key["fragment"]}`,
    type: "Multikey",
    controller: did,
    publicKeyMultibase: key["public_key"]!,
  };
  if (key["retired"]) method["expires"] = timestamp(key["retired"]);
  return method;
}

function jwkMethod(did: string, key: Entry): JsonObject {
  const jwk = toJwk(fromMultikey(key["public_key"]));
  return {
    id: `${did}#${String(jwk["kid"])}`,
    type: "JsonWebKey",
    controller: did,
    publicKeyJwk: jwk,
  };
}

function timestamp(text: string): string {
  return `${new Date(moment(text)!).toISOString().slice(0, 19)}Z`;
}
