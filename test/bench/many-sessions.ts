import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { guardModuleUrl } from '../../guards/build.ts';
import type { Ask, ResourceLabels } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardStream, type Labels } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type MemoryUse, memoryUse } from './memory-use.ts';
import { percentile } from './percentile.ts';
import { trackerGuard } from './tracker-backend.ts';

/** What many sessions on one guard cost. Times are medians of one small question, in microseconds. */
export interface ManySessions {
  readonly guard: string;
  readonly sessions: number;
  readonly before: MemoryUse;
  readonly allOpen: MemoryUse;
  /** After each of them was asked once. */
  readonly allAsked: MemoryUse;
  /** One session is open, and asked again and again. */
  readonly aloneUs: number;
  /** All are open, and one of them is asked again and again. */
  readonly amongAllUs: number;
  /** All are open, and each is asked in its turn: its instance was dropped since, and is primed again. */
  readonly primedAgainUs: number;
}

/** A guard, and how to see that a session's labels are its own. */
interface Subject {
  readonly name: string;
  readonly serve: () => Promise<RunningSidecar>;
  readonly policy: (session: number) => string;
  readonly question: NonNullable<Ask['question']>;
  readonly check: (labels: Labels, session: number) => void;
}

/** Questions to one session from which a median is taken, after as many to warm up. */
const repeats = 200;

/** Opens so many sessions on each of two guards. Throws when one gets labels by a policy that is not its own. */
export async function measureManySessions(sessions: number): Promise<ManySessions[]> {
  return [await measure(await rules(), sessions), await measure(remembersPolicy, sessions)];
}

async function measure(subject: Subject, sessions: number): Promise<ManySessions> {
  await using sidecar = await subject.serve();
  const streams = [await open(sidecar, subject, 0)];
  const [first] = streams;
  assert.ok(first);
  const aloneUs = await timeRepeats(first, subject);
  const before = await memoryUse(sidecar);
  while (streams.length < sessions) streams.push(await open(sidecar, subject, streams.length));
  const allOpen = await memoryUse(sidecar);
  const times: number[] = [];
  for (const [session, stream] of streams.entries()) times.push(await timeOne(stream, subject, session));
  const allAsked = await memoryUse(sidecar);
  const amongAllUs = await timeRepeats(first, subject);
  await Promise.all(streams.map((stream) => stream.close()));
  const primedAgainUs = percentile(times, 0.5);
  return { guard: subject.name, sessions, before, allOpen, allAsked, aloneUs, amongAllUs, primedAgainUs };
}

async function open(
  sidecar: RunningSidecar,
  { name, policy }: Subject,
  session: number,
): Promise<GuardStream> {
  const stream = new GuardStream(sidecar.client.session());
  await stream.open(name, policy(session));
  return stream;
}

async function timeRepeats(stream: GuardStream, subject: Subject): Promise<number> {
  const times: number[] = [];
  for (let left = 2 * repeats; left > 0; left--) times.push(await timeOne(stream, subject, 0));
  return percentile(times.slice(repeats), 0.5);
}

async function timeOne(stream: GuardStream, { question, check }: Subject, session: number): Promise<number> {
  const start = performance.now();
  const labels = await stream.ask(question, { id: 1 });
  const tookUs = (performance.now() - start) * 1_000;
  check(labels, session);
  return tookUs;
}

/** The shipped guard with a policy of every day, in which each session has a default of its own. */
async function rules(): Promise<Subject> {
  const { policy } = await trackerGuard();
  const shared: object = JSON.parse(policy.toString());
  const settings = { type: 'wasm', path: fileURLToPath(guardModuleUrl('rules')) };
  return {
    name: 'rules',
    serve: () => RunningSidecar.start({ rules: settings }),
    policy: (session) => JSON.stringify({ ...shared, default: { secrecy: [`session:${session}`] } }),
    // No rule names this tool, so the default holds.
    question: { $case: 'labelResource', value: { toolName: 'export', toolArgs: Buffer.from('{}') } },
    check: (labels, session) => assert.deepEqual(resource(labels)?.secrecy, [`session:${session}`]),
  };
}

/** A tiny guest that answers with its policy. */
const remembersPolicy: Subject = {
  name: 'remembers-policy',
  serve: () => RunningSidecar.serving({ 'remembers-policy': {} }),
  policy: (session) => JSON.stringify({ resource: { description: `policy ${session}` } }),
  question: { $case: 'labelResource', value: { toolName: 'get', toolArgs: Buffer.from('{}') } },
  check: (labels, session) => assert.equal(resource(labels)?.description, `policy ${session}`),
};

function resource(labels: Labels): ResourceLabels['resource'] {
  return labels.$case === 'resource' ? labels.value.resource : undefined;
}
