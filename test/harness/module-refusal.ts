import assert from 'node:assert/strict';
import { GuardError } from '../../sidecar/guard-error.ts';
import { defaultGuardLimits } from '../../sidecar/guard-limits.ts';
import { maxModuleBytes } from '../../sidecar/limits.ts';
import { type AdmissionLimits, admit, type ModuleFacts } from '../../sidecar/module/admission.ts';
import { validateModule } from '../../sidecar/module/validate-module.ts';

/** What guards have where nothing is configured. */
export const defaultAdmission: AdmissionLimits = { ...defaultGuardLimits, moduleBytes: maxModuleBytes };

/** Admits a module and validates it: all that is done before an engine sees it. */
export async function admitWhole(bytes: Uint8Array): Promise<ModuleFacts> {
  const facts = admit(bytes, defaultAdmission);
  await validateModule(bytes, new AbortController().signal);
  return facts;
}

/** Why admission or the validator refuses a module; nothing where it does not. Any other exception is thrown. */
export async function refusalOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await admitWhole(bytes);
    return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
}

/** The sentence of a refusal: one line of what is wrong with the module and what to do, free of what it could smuggle in. */
export function sentenceOf(error: unknown): string {
  assert.ok(error instanceof GuardError, `${error} is no GuardError`);
  assert.equal(error.code, 'GUARD_UNAVAILABLE', error.message);
  assert.doesNotMatch(error.message, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.ok(error.message.length <= 1000, 'it is short');
  return error.message;
}
