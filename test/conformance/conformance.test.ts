import { conformanceSuite } from './conformance-suite.ts';
import { GuardedFixture } from './guarded-fixture.ts';
import { RunningFixture } from './running-fixture.ts';

conformanceSuite('the legacy fixture', () => RunningFixture.start('legacy'), '2025-11-25');
conformanceSuite('the modern fixture', () => RunningFixture.start('modern'), '2026-07-28');

for (const guard of ['allow-all', 'noop'] as const) {
  const behind = `behind a gateway with ${guard === 'noop' ? 'no guard' : 'an allow-all guard'}`;
  for (const backend of ['http', 'stdio'] as const)
    conformanceSuite(
      `the legacy fixture over ${backend} ${behind}`,
      () => GuardedFixture.start({ backend, era: 'legacy', guard }),
      '2025-11-25',
    );
  conformanceSuite(
    `the modern fixture ${behind}`,
    () => GuardedFixture.start({ backend: 'http', era: 'modern', guard }),
    '2026-07-28',
  );
}
