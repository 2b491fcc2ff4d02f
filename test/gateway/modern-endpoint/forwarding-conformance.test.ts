import { conformanceSuite } from '../../conformance/conformance-suite.ts';
import { RunningFixture } from '../../conformance/running-fixture.ts';
import { ForwardedFixture } from './forwarded-fixture.ts';

conformanceSuite('the modern fixture', () => RunningFixture.start('modern'), '2026-07-28');
conformanceSuite('the modern fixture, forwarded', () => ForwardedFixture.start(), '2026-07-28');
