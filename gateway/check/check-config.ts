/** `sluice-gateway check FILE`: what a start would make of a configuration, without starting anything. */
import { stat } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';
import { readConfigText } from '../config/read-config-text.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../load-config.ts';
import { filterProblems } from '../shaping/filter-problems.ts';
import { JqWorker } from '../shaping/jq-worker.ts';
import { explainConfig } from './explain-config.ts';
import { warningsOf } from './warnings.ts';

/**
 * Explains a configuration on `output`: 0 for one that can be started with, 1 and the sentences that a start would give for
 * one that cannot. Nobody is asked over the network: whether the workflow's repository is public is left open.
 */
export async function checkConfig(options: LoadOptions, output: NodeJS.WritableStream): Promise<number> {
  try {
    let isAsked = false;
    const ask = async () => {
      isAsked = true;
      return { kind: 'none' } as const;
    };
    const loaded = await loadConfig({ ...options, ask });
    await checkFilters(loaded);
    const notes = isAsked ? [...loaded.notes, openQuestion(options)] : loaded.notes;
    const warnings = [...warningsOf(loaded), ...(await fileWarnings(options, loaded)), ...notes];
    output.write(
      [...explainConfig(loaded), ...section('warnings', warnings), 'the configuration is valid', ''].join(
        '\n',
      ),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.write(`${error.message}\n`);
    return 1;
  }
}

async function checkFilters({ config }: LoadedConfig): Promise<void> {
  await using jq = new JqWorker();
  const problems = await filterProblems(config.servers, jq);
  if (problems.length > 0) throw new ConfigError(problems);
}

function openQuestion({ env }: LoadOptions): string {
  return env.GITHUB_REPOSITORY
    ? 'at the start GitHub is asked whether GITHUB_REPOSITORY is public: if it is, or cannot be asked, policies are narrowed'
    : 'GITHUB_REPOSITORY is not set: policies are not narrowed to public repositories';
}

function section(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  ${sentence}`), ''];
}

/** A key that stands in a file is as secret as the file. */
async function fileWarnings({ source }: LoadOptions, { config }: LoadedConfig): Promise<string[]> {
  if (source.kind !== 'file') return [];
  const isOpen = ((await stat(source.path)).mode & 0o077) !== 0;
  const text = isOpen ? await readConfigText(source.path) : '';
  return config.keys.some(({ key }) => text.includes(key))
    ? [
        'the key of clients stands in this file, which others on this machine can read: take it from a variable',
      ]
    : [];
}
