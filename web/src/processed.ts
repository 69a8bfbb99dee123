// jsonld.js processes a type's context anew at every object of that type, since it copies the active
// context each time, and keeps the result under the copy. Here no copy is made, and the result is kept
// under what it depends on. Active contexts are only read. To be imported before jsonld.js itself.
import processor, { type Context } from "jsonld/lib/context.js";

type Process = typeof processor.process;

const MOST_KEPT = 500;
const process: Process = processor.process;
const numbers = new WeakMap<object, number>();
let kept = new Map<string, ReturnType<Process>>();
let next = 0;

processor.process = (given) => {
  // Within a context that is being processed, its own cycles are watched: that is left as it is.
  if (given.cycles) return process(given);
  const { activeCtx, localCtx, propagate = true, overrideProtected = false } = given;
  const key = [numberOf(activeCtx), nameOf(localCtx), propagate, overrideProtected].join(" ");
  let made = kept.get(key);
  if (!made) {
    made = process(given).then(shared);
    if (kept.size >= MOST_KEPT) kept = new Map();
    kept.set(key, made);
  }
  return made;
};

/** Let what follows a type return to the context before it, not to a copy of that. */
function shared(context: Context): Context {
  context.revertToPreviousContext = back;
  return context;
}

function back(this: Context): Context {
  return this.previousContext ?? this;
}

/** Return what contexts are told by: their URLs, or which object it is. */
function nameOf(context: unknown): string {
  if (typeof context !== "object" || context === null) return JSON.stringify(context);
  if (Array.isArray(context)) return `[${context.map(nameOf).join()}]`;
  return `#${numberOf(context)}`;
}

function numberOf(thing: object): number {
  const known = numbers.get(thing);
  if (known !== undefined) return known;
  numbers.set(thing, next);
  return next++;
}
