import type { Answer, Ask } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { parseResourceOutput } from './parse-resource-output.ts';
import { parseResponseOutput } from './parse-response-output.ts';

/** What makes the labels of an answer out of what the export wrote. */
export function answerParser({ question }: Ask): (output: Uint8Array) => NonNullable<Answer['labels']> {
  if (question?.$case === 'labelResource')
    return (output) => ({ $case: 'resource', value: parseResourceOutput(output) });
  return (output) => ({ $case: 'response', value: parseResponseOutput(output) });
}
