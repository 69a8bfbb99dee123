// `node judge_node.js CASES`: the verdicts of all cases, as JSON.
import { readFileSync } from "node:fs";

import { judge } from "./judge.ts";

const cases = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
process.stdout.write(JSON.stringify(await judge(cases)));
