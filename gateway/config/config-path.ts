/** A step into a configuration: a key of an object or an index of a list. */
export type Step = string | number;

/** Where a value stands, as people write it: `mcpServers.files.args[0]`. Odd keys are quoted, so that it is one line. */
export function pathAt(parent: string, step: Step): string {
  if (typeof step === 'number') return `${parent}[${step}]`;
  if (!/^[\w-]+$/.test(step)) return `${parent}[${JSON.stringify(step)}]`;
  return parent === '' ? step : `${parent}.${step}`;
}
