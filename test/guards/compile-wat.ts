import createWabt from 'wabt';

const wabt = await createWabt();

/** The bytes of a module in WebAssembly text, which must be ASCII. What breaks a rule of validation is compiled all the same. */
export function compileWat(text: string): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('guest.wat', text, { threads: true, memory64: true, tail_call: true });
  try {
    module.resolveNames();
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
