// The judge in a browser: a page without anything else puts the cases to it.
import { judge } from "./judge.ts";

Object.assign(window, { judge });
