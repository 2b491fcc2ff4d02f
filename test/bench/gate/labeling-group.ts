import { LabelingBench } from '../labeling-bench.ts';
import type { LabelingPath } from '../labeling-path.ts';
import { responseOf, smallResource } from '../tracker-question.ts';
import { type GateGroup, widening } from './gate-group.ts';
import type { GateSubject } from './gate-subject.ts';

const questions = { label_resource: smallResource(), 'label_response of 100': responseOf(100) };
const ways = ['gRPC, socket', 'bare echo, open stream', 'guard process'] as const;

/** A labeling over gRPC against the bare echo and the guard process together. */
export const labelingGroup: GateGroup = {
  name: 'labeling',
  ratios: Object.keys(questions).map((question) => ({
    name: `${question}: gRPC over the socket / (echo + guard process)`,
    of: `${question}, gRPC, socket`,
    against: [`${question}, bare echo, open stream`, `${question}, guard process`],
    wideningByOthers: question === 'label_resource' ? widening.smallCalls : widening.largeCalls,
  })),
  async start(parts, { sidecarNodeOptions }) {
    const bench = parts.use(await LabelingBench.start(Object.values(questions), sidecarNodeOptions));
    const pidsOf: Partial<Record<LabelingPath['name'], number[]>> = {
      'gRPC, socket': [bench.sidecar.child.pid ?? 0, ...(await bench.sidecar.guardProcesses())],
      'bare echo, open stream': [bench.echo.pid],
      'guard process': [bench.guardProcess.pid],
    };
    return Object.entries(questions).flatMap(([name, question]) =>
      bench.paths
        .filter((path) => ways.some((way) => way === path.name))
        .map(
          (path): GateSubject => ({
            name: `${name}, ${path.name}`,
            callsPerRound: question.callsPerRound,
            pids: pidsOf[path.name] ?? [],
            call: () => path.ask(question),
          }),
        ),
    );
  },
};
