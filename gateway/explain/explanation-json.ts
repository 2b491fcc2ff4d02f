import { outcomeSentence } from '../outcome.ts';
import { denialAdvice } from './denial-advice.ts';
import type { Explanation, Verdict } from './explanation.ts';

/** An explanation for programs: JSON on one line, whose sets of tags are sorted lists. Guards' words are as they are. */
export function explanationJson({ verdict, ...explanation }: Explanation): string {
  return JSON.stringify({ ...verdictJson(verdict), ...explanation }, (_, value: unknown) =>
    value instanceof Set ? [...value].sort() : value,
  );
}

function verdictJson(verdict: Verdict): object {
  switch (verdict.kind) {
    case 'allowed':
      return { outcome: verdict.kind, ...(verdict.delivered && { delivered: verdict.delivered }) };
    case 'denied': {
      const { reason, tags } = verdict;
      return {
        outcome: verdict.kind,
        reason,
        tags,
        ...denialAdvice[reason],
        told: outcomeSentence(verdict),
      };
    }
    case 'failed':
      return {
        outcome: verdict.kind,
        reason: verdict.reason,
        problem: verdict.problem,
        told: outcomeSentence(verdict),
      };
  }
}
