import type { Withheld } from '../outcome.ts';
import { attribute } from './attributes.ts';
import { count } from './instruments.ts';
import { operationFacts } from './measured-operation.ts';

/** Counts items that were withheld from the agent whose request is answered now. */
export function countWithheld({ count: all, secrecy, integrity }: Withheld): void {
  if (all === 0) return;
  const server = operationFacts()?.server;
  const of = server === undefined ? {} : { [attribute.server]: server };
  const causes = { secrecy, integrity, form: all - secrecy - integrity };
  for (const [cause, items] of Object.entries(causes))
    if (items > 0) count('withheld', items, { ...of, [attribute.withheldBy]: cause });
}
