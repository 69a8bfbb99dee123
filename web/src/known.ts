// Whom the person in front of the page knows: issuers by their DIDs, keys, and root keys, as the
// options --trust, --trust-key and --trust-root name them. They come from what is typed, never
// from a link: whoever sends a link would choose them.
import { at, Refused, type Finding } from "./findings.ts";
import { fromMultikey, toMultikey } from "./keys.ts";
import { readPublicKey } from "./sshsig.ts";

/** On whose word an issuer counts as known. */
export interface Known {
  /** DIDs. */
  readonly issuers: ReadonlySet<string>;
  /** Multikeys of issuers. */
  readonly keys: ReadonlySet<string>;
  /** Multikeys of root keys, which vouch for the keys that an issuer signs with. */
  readonly roots: ReadonlySet<string>;
  /** The DID of the site that asks, which is among the issuers. */
  readonly home?: string;
}

/** Return what lines of text name, each a DID, a Multikey or an SSH key; throws `Refused`. */
export function readKnown(text: string): Known {
  const known = { issuers: new Set<string>(), keys: new Set<string>(), roots: new Set<string>() };
  const wrong: Finding[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (!line) continue;
    try {
      if (line.startsWith("did:")) known.issuers.add(line);
      else if (line.startsWith("ssh-")) known.roots.add(toMultikey(readPublicKey(line)));
      else known.keys.add(toMultikey(fromMultikey(line)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.push(at("VC-030", `“${line.slice(0, 60)}” is no DID and no Ed25519 key`));
    }
  }
  if (wrong.length) throw new Refused(wrong);
  return known;
}

/** Return what is known with an issuer more. */
export function withIssuer(known: Known, issuer: string): Known {
  return { ...known, issuers: new Set([...known.issuers, issuer]) };
}
