import { attribute, spanName } from '../telemetry/attributes.ts';
import { inSpan, isTraced, markFailed } from '../telemetry/in-span.ts';
import { recordDuration } from '../telemetry/record-duration.ts';
import type { Turn, TurnResult } from './running-turn.ts';

/** Waits for a turn, and tells how long. */
export async function tellOfWait<T>(guard: string, wait: () => Promise<T>): Promise<T> {
  const begunAt = performance.now();
  try {
    return await (isTraced() ? inSpan(spanName.queue, wait) : wait());
  } finally {
    recordDuration('queueDuration', begunAt, { [attribute.guard]: guard });
  }
}

/** Has a guest run, and tells what came of it where its question is traced. */
export function tellOfRun(
  { run }: Turn,
  pid: number | undefined,
  work: () => Promise<TurnResult>,
): Promise<TurnResult> {
  if (!isTraced()) return work();
  const attributes = { [attribute.run]: run ?? 1, [attribute.processId]: pid ?? 0 };
  return inSpan(
    spanName.run,
    async (span) => {
      const result = await work();
      const { reply, cpuMs } = result;
      span.setAttributes({ [attribute.turnEnd]: reply.kind, [attribute.turnCpuMs]: cpuMs });
      if (reply.kind === 'failed') markFailed(span, reply.code);
      return result;
    },
    { attributes },
  );
}
