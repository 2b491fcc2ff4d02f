import type { JsonObject } from '../config/json-value.ts';
import type { GuardConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import { maxModuleBytes } from '../limits.ts';
import { refusals } from '../module/admission.ts';
import { allowedImports } from '../module/allowed-imports.ts';
import { readModule } from '../module/module-file.ts';
import { validateModule } from '../module/validate-module.ts';
import { readWasmModule, type WasmModule } from '../module/wasm-module.ts';
import { TriedGuard } from './tried-guard.ts';

/** What is known of a guard's file. Names are the module's, and untrusted. */
export interface ModuleReport {
  readonly file: string;
  /** SHA-256, lower-case hex. */
  readonly digest: string;
  readonly moduleBytes: number;
  /** Undefined where it is no module that can be read. */
  readonly declares: ModuleDeclarations | undefined;
  readonly limits: GuardConfig['limits'];
  /** Undefined where it was not started, or did not start. */
  readonly start: { readonly elapsedMs: number; readonly residentBytes: number } | undefined;
  /** Why a sidecar would not serve it, each with what to do. */
  readonly problems: readonly string[];
  /** What would be better. */
  readonly advice: readonly string[];
}

export interface ModuleDeclarations {
  readonly exports: readonly JsonObject[];
  readonly imports: readonly JsonObject[];
  /** In pages of 64 KiB. */
  readonly memories: readonly JsonObject[];
  /** In entries. */
  readonly tables: readonly JsonObject[];
  readonly hasStart: boolean;
}

/** Looks at a guard's file as a sidecar does when it loads it: its declarations, its code, and its start. */
export async function reportModule(config: GuardConfig, signal: AbortSignal): Promise<ModuleReport> {
  const { bytes, digest } = await readModule(config.path);
  const { limits } = config;
  const declares = readable(() => declarations(readWasmModule(bytes)));
  const declared = refusals(bytes, { ...limits, moduleBytes: maxModuleBytes });
  // What cannot be read as a module at all has been said.
  const invalid = declares === undefined ? [] : await complaint(() => validateModule(bytes, signal));
  const problems = [...declared, ...invalid.filter((words) => !declared.includes(words))];
  const started = problems.length === 0 ? await tryStart(config, signal) : { problems: [], start: undefined };
  return {
    file: config.path,
    digest,
    moduleBytes: bytes.length,
    declares,
    limits,
    start: started.start,
    problems: [...problems, ...started.problems],
    advice: declares === undefined ? [] : adviceFor(declares),
  };
}

async function tryStart(
  config: GuardConfig,
  signal: AbortSignal,
): Promise<Pick<ModuleReport, 'start' | 'problems'>> {
  const begunAt = performance.now();
  let start: ModuleReport['start'];
  const problems = await complaint(async () => {
    await using guard = await TriedGuard.start(config, signal);
    start = { elapsedMs: performance.now() - begunAt, residentBytes: guard.residentBytes };
  });
  return { start, problems };
}

async function complaint(work: () => Promise<unknown>): Promise<string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (error instanceof GuardError && error.code === 'GUARD_UNAVAILABLE') return [error.message];
    throw error;
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GuardError) return undefined;
    throw error;
  }
}

function declarations(module: WasmModule): ModuleDeclarations {
  const limitsOf = ({ minimum, maximum }: { minimum: number; maximum: number | undefined }) =>
    maximum === undefined ? { minimum } : { minimum, maximum };
  return {
    exports: module.exports.map(({ name, kind, index }) => {
      const signature = kind === 'function' ? module.functions[index] : undefined;
      return { name, kind, ...(signature === undefined ? {} : { signature }) };
    }),
    imports: module.imports.map(({ module: from, name, kind, signature }) => ({
      module: from,
      name,
      kind,
      ...(signature === undefined ? {} : { signature }),
      isAllowed: kind === 'function' && allowedImports.get(from)?.get(name) === signature,
    })),
    memories: module.memories.map(limitsOf),
    tables: module.tables.map(limitsOf),
    hasStart: module.start !== undefined,
  };
}

function adviceFor({ exports }: ModuleDeclarations): string[] {
  if (exports.some(({ name }) => name === 'alloc')) return [];
  return [
    'it exports no alloc and dealloc, so its buffers sit at the end of its memory, where its heap may be; export both',
  ];
}
