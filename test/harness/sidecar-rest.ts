import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { AdminServiceClient, type ListGuardsResponse } from '../../proto/gen/sluice/admin/v1/admin.ts';
import type { RunningSidecar } from './running-sidecar.ts';

/** There is no event for what the admin service counts. */
const lookMs = 20;
/** What has not ended after so long never does. */
const patienceMs = 30_000;

/**
 * Waits until a sidecar that is administered has no session, no labeling, nobody in line and no instance any more. Throws
 * with what is left when that does not come.
 */
export async function hasComeToRest(sidecar: RunningSidecar): Promise<void> {
  const client = new AdminServiceClient(sidecar.adminAddress, credentials.createInsecure());
  const list = promisify<object, ListGuardsResponse>(client.listGuards.bind(client));
  try {
    const end = performance.now() + patienceMs;
    for (let answer = await list({}); !isAtRest(answer); answer = await list({})) {
      if (performance.now() > end) throw new Error(`it does not come to rest: ${JSON.stringify(answer)}`);
      await delay(lookMs);
    }
  } finally {
    client.close();
  }
}

function isAtRest({ guards }: ListGuardsResponse): boolean {
  return guards.every(({ live }) => {
    const { sessions = 0, queued = 0, labelings = 0, instances = 0 } = live ?? {};
    return sessions + queued + labelings + instances === 0;
  });
}
