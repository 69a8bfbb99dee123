// Bundles the page's program, and says how large it is. `scripts/web` runs it.
import { writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const OUT = "../src/jobtwin/site/built";
const MAX_GZIP = 100_000;
const BROWSER = {
  bundle: true,
  platform: "browser",
  target: "es2022",
  format: "iife",
  preserveSymlinks: true, // node_modules may be one that others have installed
};

/** Return the packages that went into a bundle, each with the text of its licence. */
function licences(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    return `${name} ${version} (${license})\n\n${licenceText(folder)}`;
  });
}

function licenceText(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENSE-MIT.txt"]) {
    try {
      return readFileSync(`${folder}/${name}`, "utf8").trim();
    } catch {
      // under another name
    }
  }
  throw new Error(`${folder} has no licence`);
}

const page = await build({
  ...BROWSER,
  entryPoints: ["src/page.ts"],
  outfile: `${OUT}/verify.js`,
  minify: true,
  legalComments: "none",
  metafile: true,
});
await writeFile(
  `${OUT}/licences.txt`,
  `${licences(page.metafile).join(`\n\n${"─".repeat(72)}\n\n`)}\n`,
);

await build({ ...BROWSER, entryPoints: ["test/judge_page.ts"], outfile: "build/judge_page.js" });
await build({
  ...BROWSER,
  format: "esm",
  entryPoints: ["test/judge_node.ts"],
  external: ["node:fs"],
  outfile: "build/judge_node.js",
});

const size = gzipSync(readFileSync(`${OUT}/verify.js`), { level: 9 }).length;
console.error(`verify.js: ${size.toLocaleString("en")} bytes gzipped`);
if (size > MAX_GZIP) {
  console.error(`more than ${MAX_GZIP.toLocaleString("en")}`);
  process.exitCode = 1;
}
