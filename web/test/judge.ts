// Judges the shared cases as the page would, and says of each what `tests/web/cases.py` says.
import { examine, type Examined } from "../src/examine.ts";
import { Refused } from "../src/findings.ts";
import { base64Decode } from "../src/keys.ts";
import { readKnown } from "../src/known.ts";
import { Unavailable } from "../src/resolve.ts";
import { isOk, isRead, type Step } from "../src/verdicts.ts";

/** One case; contents are keys of `blobs`, reasons stand under `missing`. */
export interface Case {
  name: string;
  content: string;
  served: Record<string, string>;
  missing: Record<string, string>;
  now: string;
  trusted: string[];
  keys: string[];
  roots: string[];
  online: boolean;
  shown: [string, string];
}

/** All cases, their contents kept apart since most are in many of them. */
export interface Cases {
  blobs: Record<string, string>;
  cases: Case[];
}

/** Return for each case the verdicts and the steps that did not pass. */
export async function judge({ blobs, cases }: Cases): Promise<Record<string, unknown>> {
  const blob = (key: string): Uint8Array => base64Decode(blobs[key]!)!;
  const judged: Record<string, unknown> = {};
  for (const one of cases) judged[one.name] = await verdictsOf(one, blob);
  return judged;
}

async function verdictsOf(one: Case, blob: (key: string) => Uint8Array): Promise<unknown> {
  const isSvg = blob(one.content)[0] === 0x3c;
  if (isSvg && !("DOMParser" in globalThis)) return "needs a browser";
  const told: Step[] = [];
  const get = async (url: string) => {
    const key = one.served[url];
    return key ? blob(key) : new Unavailable(one.missing[url] ?? "the server answers 404");
  };
  try {
    const examined = await examine(blob(one.content), {
      get,
      now: Date.parse(one.now),
      known: readKnown([...one.trusted, ...one.keys, ...one.roots].join("\n")),
      online: one.online,
      shown: { name: one.shown[0], salt: one.shown[1] },
      onStep: (step) => void told.push(step),
    });
    const isTold = JSON.stringify(told) === JSON.stringify(examined.found.steps);
    return isTold ? summary(examined) : "not every step was told as it was taken";
  } catch (error) {
    if (error instanceof Refused) return { refused: codesOf(error) };
    throw error;
  }
}

function summary({ found }: Examined): Record<string, unknown> {
  const open = found.steps.filter((step) => step.outcome !== "passed");
  const verdicts = [found.signature, found.status, found.issuer, found.freshness, found.holder!];
  const words = isRead(found) ? {} : { words: found.signature.words };
  return {
    ...words,
    verdicts: verdicts.map((verdict) => verdict.value).join(" "),
    ok: isOk(found),
    steps: found.steps.length,
    open: open.map((step) => [step.id, step.outcome, ...codesOf(step)].join(" ")),
  };
}

function codesOf({ findings }: Pick<Step, "findings">): string[] {
  return [...new Set(findings.map((finding) => finding.code))].sort();
}
