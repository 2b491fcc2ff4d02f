import { guestBytes } from './wasm-guard.ts';

/** How one version of a guard differs from another. */
export interface VersionedGuest {
  /** What it gives as the description of every resource, after it has asked its backend. */
  readonly version: number;
  /** A secrecy tag that it grants the agent. */
  readonly grants?: string;
}

/** The bytes of a guard that says which version of itself it is. */
export function versionedGuest({ version, grants }: VersionedGuest): Promise<Uint8Array<ArrayBuffer>> {
  const tags = grants === undefined ? '' : `\\"${grants}\\"`;
  return guestBytes(`
(data (i32.const 1024) "get\\00")
(data (i32.const 1028) "{}\\00")
(data (i32.const 2048) "{\\"agent\\":{\\"secrecy\\":[${tags}],\\"integrity\\":[]},\\"difc_mode\\":\\"filter\\"}\\00")

(func (export "label_agent") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer (local.get $out) (i32.const 2048)))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $ask (i32.const 1024) (i32.const 1028) (local.get $out) (local.get $out_bytes)))
  (call $answer_number (local.get $out) (i32.const ${version})))
`);
}
