import { ManyOpen } from '../many-open.ts';
import { shortResponseOf, smallResource, type TrackerQuestion } from '../tracker-question.ts';
import { type GateGroup, widening } from './gate-group.ts';
import type { GateSubject } from './gate-subject.ts';

const small = smallResource();

/** The same question with ever more items, and among ever more sessions. */
export const growthGroup: GateGroup = {
  name: 'growth',
  ratios: [
    {
      name: 'label_response: 1,000 / 100 items',
      of: '1000 items',
      against: ['100 items'],
      wideningByOthers: widening.largeCalls,
    },
    {
      name: 'label_response: 10,000 / 1,000 items',
      of: '10000 items',
      against: ['1000 items'],
      wideningByOthers: widening.largeCalls,
    },
    {
      name: 'label_resource: among 1,000 sessions / alone',
      of: '1000 sessions',
      against: ['1 session'],
      wideningByOthers: widening.smallCalls,
    },
  ],
  async start(parts, { sidecarNodeOptions }) {
    // Each has a sidecar of its own: what large responses leave behind is not to be paid by small questions.
    const items = parts.use(await ManyOpen.start(1, sidecarNodeOptions));
    const alone = parts.use(await ManyOpen.start(1, sidecarNodeOptions));
    const among = parts.use(await ManyOpen.start(1_000, sidecarNodeOptions));
    return [
      ...(await Promise.all(
        [100, 1_000, 10_000].map((count) => subject(`${count} items`, items, shortResponseOf(count))),
      )),
      await subject('1 session', alone, small),
      await subject('1000 sessions', among, small),
    ];
  },
};

async function subject(name: string, open: ManyOpen, question: TrackerQuestion): Promise<GateSubject> {
  const { sameSession, sidecar } = open;
  return {
    name,
    callsPerRound: question.callsPerRound,
    pids: [sidecar.child.pid ?? 0, ...(await sidecar.guardProcesses())],
    call: () => sameSession.ask(question),
  };
}
