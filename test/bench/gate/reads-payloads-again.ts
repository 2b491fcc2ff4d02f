/**
 * A regression, for the gate's own test: loaded into a sidecar by `--import`, it lets the sidecar read each payload five times before
 * it builds the guard's input, as careless checks would. Once costs a fifth, which is within the margin.
 */
import { registerHooks } from 'node:module';

const original = '?original';

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/sidecar/service/question-input.ts')) return nextLoad(url, context);
    const source = `
      import { questionInput as build } from ${JSON.stringify(url + original)};
      export { policyInput } from ${JSON.stringify(url + original)};
      export function questionInput(question) {
        const payload = question?.value?.toolResult ?? new Uint8Array(0);
        for (let check = 0; payload.length > 0 && check < 5; check++)
          JSON.stringify(JSON.parse(JSON.parse(Buffer.from(payload).toString()).content[0].text));
        return build(question);
      }`;
    return { format: 'module', source, shortCircuit: true };
  },
});
