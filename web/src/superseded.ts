// Has the same learner done better since? A caution, told by a file beside the credential, on the
// word of the credential's own issuer alone.
import { didWebUrl } from "./did.ts";
import { at, Refused, say } from "./findings.ts";
import { parseObject, type JsonObject } from "./jsonbytes.ts";
import { Unavailable } from "./resolve.ts";
import { issuerId } from "./shape.ts";
import type { Step, Verification } from "./verdicts.ts";

const CREDENTIAL = /^\/credentials\/[0-9a-f]{2}\/[0-9a-f]{32}\/credential\.json$/;

/** Return where it would be said that a credential is superseded, null where nobody can say. */
export function pointerUrl(document: JsonObject): string | null {
  const url = document["id"];
  if (typeof url !== "string" || !isOnSiteOf(issuerId(document) ?? "", url)) return null;
  return url.replace(/credential\.json$/, "superseded.json");
}

/** Return the verification with one more step where `content` names a better credential. */
export function withSuperseded(
  found: Verification,
  document: JsonObject,
  content: Uint8Array | Unavailable,
): Verification {
  const by = named(document, content);
  if (by === null || found.signature.value !== "valid") return found;
  const finding = at("VC-086", `by ${by}`, "$.id");
  const number = found.steps.length + 1;
  const step: Step = {
    number,
    id: "superseded",
    outcome: "failed",
    detail: say(finding),
    findings: [finding],
  };
  const words = `It was not withdrawn, but the same learner did better: see ${by}.`;
  const holds = found.status.value === "holds";
  const status = holds ? { value: "superseded", words, link: by } : found.status;
  return { ...found, steps: [...found.steps, step], status };
}

function named(document: JsonObject, content: Uint8Array | Unavailable): string | null {
  if (content instanceof Unavailable) return null;
  try {
    const { superseded, by } = parseObject(content);
    const fits = superseded === document["id"] && by !== document["id"];
    if (!fits || typeof by !== "string") return null;
    return isOnSiteOf(issuerId(document) ?? "", by) ? by : null;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** Say whether a URL is a credential's on the site of a did:web issuer. */
function isOnSiteOf(issuer: string, url: string): boolean {
  try {
    const site = didWebUrl(issuer).replace(/(?:\/\.well-known)?\/did\.json$/, "");
    return url.startsWith(site) && CREDENTIAL.test(url.slice(site.length));
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
