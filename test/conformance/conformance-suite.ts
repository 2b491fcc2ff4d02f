import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import {
  type ConformanceReport,
  failedScenarios,
  lost,
  type Revision,
  summary,
  unmetChecks,
} from './conformance-report.ts';
import { runConformance } from './run-conformance.ts';

/** A server that is there until it is disposed of. */
export type ConformingServer = AsyncDisposable & { readonly url: string };

/** How many scenarios each revision requires of a server: a newer suite must not ask for less unnoticed. */
const requiredScenarios: Readonly<Record<Revision, number>> = { '2025-11-25': 30, '2026-07-28': 37 };

/** What each revision's first suite saw. */
const references = new Map<Revision, Promise<ConformanceReport>>();

/**
 * Tests that a server conforms to a revision. The first suite of a revision is the reference for those after it, so
 * it is the one without a gateway: the others must lose none of the checks that pass there, save of scenarios that are
 * `beyond` their transport.
 */
export function conformanceSuite(
  name: string,
  start: () => Promise<ConformingServer>,
  revision: Revision,
  { beyond = [] }: { readonly beyond?: readonly string[] } = {},
): void {
  const { promise: report, resolve, reject } = Promise.withResolvers<ConformanceReport>();
  report.catch(() => undefined);
  const reference = references.get(revision);
  if (reference === undefined) references.set(revision, report);

  suite(`${name} conforms to ${revision}`, () => {
    before(() => reportOf(start, revision).then(resolve, reject));

    test('all scored scenarios pass', async (context) => {
      const seen = await report;
      context.diagnostic(`${name}, ${revision}: ${summary(seen)}`);
      assert.equal(seen.scored.length, requiredScenarios[revision]);
      assert.deepEqual(failedScenarios(seen), []);
    });

    if (reference === undefined) {
      test('no check of a scored scenario is left unmet, so that all are compared', async () => {
        assert.deepEqual(unmetChecks(await report), []);
      });
    } else {
      test('no check that passes directly is lost', async () => {
        const missing = lost(await reference, await report);
        const isPossible = (check: string) => !beyond.some((scenario) => check.startsWith(`${scenario}: `));
        assert.deepEqual(missing.filter(isPossible), []);
      });
    }
  });
}

async function reportOf(
  start: () => Promise<ConformingServer>,
  revision: Revision,
): Promise<ConformanceReport> {
  await using server = await start();
  return await runConformance(server.url, revision);
}
