import { conformanceSuite } from './conformance-suite.ts';
import { GuardedFixture, type GuardedFixtureSetup } from './guarded-fixture.ts';
import { RunningFixture } from './running-fixture.ts';

conformanceSuite('the legacy fixture', () => RunningFixture.start('legacy'), '2025-11-25');
conformanceSuite('the modern fixture', () => RunningFixture.start('modern'), '2026-07-28');

const setups: readonly GuardedFixtureSetup[] = [
  { era: 'legacy', backend: 'http', guard: 'allow-all' },
  { era: 'legacy', backend: 'http', guard: 'noop' },
  { era: 'legacy', backend: 'stdio', guard: 'allow-all' },
  { era: 'modern', backend: 'http', guard: 'allow-all' },
  { era: 'modern', backend: 'http', guard: 'noop' },
];

/** A server over stdio has no stream that it could end and have resumed. */
const beyond = { http: [], stdio: ['server-sse-polling'] } as const;

for (const setup of setups) {
  const { era, backend, guard } = setup;
  conformanceSuite(
    `the ${era} fixture over ${backend} behind a gateway with the guard ${guard}`,
    () => GuardedFixture.start(setup),
    era === 'legacy' ? '2025-11-25' : '2026-07-28',
    { beyond: beyond[backend] },
  );
}
