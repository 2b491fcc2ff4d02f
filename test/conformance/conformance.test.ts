import { conformanceSuite } from './conformance-suite.ts';
import { RunningFixture } from './running-fixture.ts';

conformanceSuite('the legacy fixture', () => RunningFixture.start('legacy'), '2025-11-25');
conformanceSuite('the modern fixture', () => RunningFixture.start('modern'), '2026-07-28');
