// JSON-LD → RDF quads → RDFC-1.0, by jsonld.js and rdf-canonize, with nothing fetched.
import "./processed.ts";

import jsonld from "jsonld";
import { canonize } from "rdf-canonize";

import { contexts } from "../build/pinned.json";
import { encode, type JsonObject } from "./jsonbytes.ts";
import { digest, hex } from "./keys.ts";

interface Term {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: Term;
}

/** A quad as jsonld.js makes it. */
export interface Quad {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
  readonly graph: Term;
}

const CONTEXTS: Readonly<Record<string, unknown>> = contexts;
const DROPPED = "invalid property";
const MOST_COUNTED = 20;

async function pinned(url: string) {
  if (!Object.hasOwn(CONTEXTS, url)) throw new Error(`unknown context ${url}`);
  // The tag lets jsonld.js keep what it made of a document that never changes.
  return { contextUrl: null, documentUrl: url, document: CONTEXTS[url], tag: "static" };
}

/** Expand a document; say as well which of its members would silently be left out. */
export async function expand(
  document: JsonObject,
): Promise<{ expanded: unknown; dropped: Set<string> }> {
  const dropped = new Set<string>();
  const expanded = await jsonld.expand(document, {
    base: null,
    documentLoader: pinned,
    eventHandler: ({ event, next }) => {
      if (event.code === DROPPED) dropped.add(String(event.details.property));
      next();
    },
  });
  return { expanded, dropped };
}

/** Make ready what every credential needs, so that nobody waits for it later. */
export async function warmUp(named: readonly string[]): Promise<void> {
  await expand({
    "@context": [...named],
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    credentialSubject: { type: ["AchievementSubject"], achievement: { type: ["Achievement"] } },
  });
}

/** Return the quads of an expanded document. */
export async function quadsOf(expanded: unknown): Promise<Quad[]> {
  return jsonld.toRDF(expanded, { base: null, documentLoader: pinned, skipExpansion: true });
}

/** Return the canonical N-Quads (RDFC-1.0, SHA-256) of quads. */
export async function canonicaliseQuads(quads: readonly Quad[]): Promise<string> {
  const lines = await canonize(quads, {
    algorithm: "RDFC-1.0",
    createMessageDigest: () => new Digest(),
    maxWorkFactor: Infinity, // `orderings` has bounded the work
  });
  return sorted(lines.split(/(?<=\n)/)).join("");
}

/** Order lines by code points, as RDFC-1.0 asks; JavaScript orders texts by UTF-16 units. */
function sorted(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => /[\ud800-\udfff]/.test(line))) return lines;
  const keyed = lines.map((line) => ({ line, key: hex(encode(line)) }));
  keyed.sort((one, other) => (one.key < other.key ? -1 : 1));
  return keyed.map(({ line }) => line);
}

/** SHA-256 as rdf-canonize asks for it, without Web Crypto, and of quads in the right order. */
class Digest {
  private readonly parts: string[] = [];

  update(more: string): void {
    this.parts.push(more);
  }

  digest(): string {
    const isQuads = this.parts.every((part) => part.endsWith(" .\n"));
    return hex(digest(encode((isQuads ? sorted(this.parts) : this.parts).join(""))));
  }
}

/** Return how many orders of alike blank nodes there are: the work that RDFC-1.0 may need. */
export function orderings(quads: readonly Quad[]): number {
  const seen = new Map<string, string[]>();
  for (const { subject, predicate, object, graph } of quads) {
    const terms = [subject, predicate, object, graph].map(keyOf);
    for (const node of new Set(terms.filter((term) => term.startsWith("_:")))) {
      const line = JSON.stringify(terms.map((term) => seenFrom(node, term)));
      seen.set(node, [...(seen.get(node) ?? []), line]);
    }
  }
  const alike = new Map<string, number>();
  for (const lines of seen.values()) {
    const key = lines.sort().join("\n");
    alike.set(key, (alike.get(key) ?? 0) + 1);
  }
  return [...alike.values()].reduce((sum, count) => sum * factorial(count), 1);
}

function factorial(count: number): number {
  let product = 1;
  for (let factor = 2; factor <= Math.min(count, MOST_COUNTED); factor++) product *= factor;
  return product;
}

function seenFrom(node: string, term: string): string {
  if (!term.startsWith("_:")) return term;
  return term === node ? "_:a" : "_:z";
}

/** Return a text that two terms share only if they are equal; blank nodes begin with `_:`. */
function keyOf(term: Term): string {
  if (term.termType !== "Literal") return term.value;
  return `"${term.value}"${term.datatype?.value ?? ""} ${term.language ?? ""}`;
}
