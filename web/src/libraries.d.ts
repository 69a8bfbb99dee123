// The part of jsonld.js and rdf-canonize that is used here; neither brings types of its own.
declare module "jsonld" {
  interface Options {
    base: null;
    documentLoader: (url: string) => Promise<object>;
    skipExpansion?: boolean;
    eventHandler?: (given: {
      event: { code: string; details: Record<string, unknown> };
      next: () => void;
    }) => void;
  }
  const jsonld: {
    expand(document: object, options: Options): Promise<unknown>;
    toRDF(document: unknown, options: Options): Promise<import("./rdf.ts").Quad[]>;
  };
  export default jsonld;
}

declare module "rdf-canonize" {
  interface Options {
    algorithm: "RDFC-1.0";
    createMessageDigest: () => { update(text: string): void; digest(): string };
    maxWorkFactor: number;
  }
  export function canonize(
    quads: readonly import("./rdf.ts").Quad[],
    options: Options,
  ): Promise<string>;
}

declare module "jsonld/lib/context.js" {
  export interface Context {
    previousContext?: Context;
    revertToPreviousContext(): Context;
  }
  const processor: {
    process(given: {
      activeCtx: Context;
      localCtx: unknown;
      propagate?: boolean;
      overrideProtected?: boolean;
      cycles?: unknown;
    }): Promise<Context>;
  };
  export default processor;
}
