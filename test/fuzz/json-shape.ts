/** What `JSON.parse` does not tell of a text. */
export interface JsonShape {
  /** Levels of objects and arrays, 0 for a scalar. */
  readonly depth: number;
  /** Whether one object has the same name twice; `JSON.parse` keeps the last. */
  readonly hasNameTwice: boolean;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/** Looks at a text that is JSON. */
export function jsonShape(json: string): JsonShape {
  const open: Set<string>[] = [];
  let [depth, hasNameTwice, last] = [0, false, ''];
  for (const [token] of json.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(new Set());
    if (token === '}' || token === ']') open.pop();
    if (token === ':') {
      const name: string = JSON.parse(last);
      hasNameTwice ||= open.at(-1)?.has(name) === true;
      open.at(-1)?.add(name);
    }
    depth = Math.max(depth, open.length);
    last = token;
  }
  return { depth, hasNameTwice };
}
