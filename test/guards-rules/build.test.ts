import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildGuard, guardModuleUrl, guardNames } from '../../guards/build.ts';

const ALLOWED_IMPORTS = ['env.abort', 'env.backend_error', 'env.call_backend', 'env.host_log'];

const EXPORTS = [
  'alloc function',
  'dealloc function',
  'label_agent function',
  'label_resource function',
  'label_response function',
  'memory memory',
];

for (const name of guardNames) {
  test(`the committed module of the ${name} guard is what its sources compile to`, async () => {
    const committed = await readFile(guardModuleUrl(name));
    const built = await buildGuard(name);
    assert.ok(committed.equals(built), `run node guards/build.ts and commit guards/${name}/${name}.wasm`);
  });

  test(`the ${name} guard imports and exports what the guard ABI names, and nothing else`, async () => {
    const module = new WebAssembly.Module(await readFile(guardModuleUrl(name)));
    const imports = WebAssembly.Module.imports(module).map((one) => `${one.module}.${one.name}`);
    assert.deepEqual(
      imports.filter((one) => !ALLOWED_IMPORTS.includes(one)),
      [],
    );
    const exports = WebAssembly.Module.exports(module).map((one) => `${one.name} ${one.kind}`);
    assert.deepEqual(exports.sort(), EXPORTS);
  });
}
