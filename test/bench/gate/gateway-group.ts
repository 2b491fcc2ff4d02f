import { childrenOf } from '../../harness/child-processes.ts';
import { GatewayBench } from '../gateway-bench.ts';
import { type GateGroup, widening } from './gate-group.ts';
import type { GateSubject } from './gate-subject.ts';

const callsPerRound = 12;
const eras = ['HTTP', 'HTTP 2026-07-28'];

/** A whole tool call through the gateway against the same without it, for clients and servers of either era. */
export const gatewayGroup: GateGroup = {
  name: 'gateway',
  ratios: eras.flatMap((era) =>
    ['Sluice without guard', 'Sluice with a guard'].map((way) => ({
      name: `tools/call, ${era}: ${way} / direct`,
      of: `${era}, ${way}`,
      against: [`${era}, direct`],
      wideningByOthers: widening.smallCalls,
    })),
  ),
  async start(parts) {
    const bench = parts.use(await GatewayBench.start({ onlySluice: true }));
    const subjects = bench.paths
      .filter(({ server }) => server !== 'stdio')
      .map(async ({ name, session, proxyPid, serverPid }): Promise<GateSubject> => {
        const between = proxyPid === undefined ? [] : await family(proxyPid);
        const pids = [...between, ...(serverPid === undefined ? [] : [serverPid])];
        return { name, callsPerRound, pids, call: () => session.call() };
      });
    return Promise.all(subjects);
  },
};

/** A process and all below it. */
async function family(pid: number): Promise<number[]> {
  const below = await Promise.all((await childrenOf(pid)).map(family));
  return [pid, ...below.flat()];
}
