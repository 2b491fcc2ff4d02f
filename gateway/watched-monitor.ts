// The monitor's two answers, each seen in a span of its own. What they are does not depend on who is watching.

import { type Decision, decide as decideUnseen, type ResourceAccess } from './monitor/access.ts';
import { canFlow } from './monitor/labels.ts';
import {
  type JudgedCall,
  type Judgement,
  judgeResponse as judgeResponseUnseen,
} from './response/judge-response.ts';
import type { LabelledResponse } from './response/label-response.ts';
import { attribute, spanName } from './telemetry/attributes.ts';
import { countWithheld } from './telemetry/count-withheld.ts';
import { whileInSpan } from './telemetry/in-span.ts';

/** `decide` of the monitor. */
export function decide(access: ResourceAccess): Decision {
  return whileInSpan(spanName.decide, (span) => {
    const decision = decideUnseen(access);
    if (span.isRecording()) {
      span.setAttributes({ [attribute.difcOperation]: access.operation, [attribute.mode]: access.mode });
      if (decision.kind === 'deny') span.setAttribute(attribute.reason, decision.reason);
    }
    return decision;
  });
}

/** `judgeResponse` of the response. */
export function judgeResponse(call: JudgedCall, response: LabelledResponse): Judgement {
  return whileInSpan(spanName.filter, (span) => {
    const judgement = judgeResponseUnseen(call, response);
    countWithheld(judgement.withheld);
    if (span.isRecording()) {
      span.setAttributes({ [attribute.mode]: call.mode, [attribute.withheld]: judgement.withheld.count });
      if (judgement.kind === 'deny') span.setAttribute(attribute.reason, judgement.reason);
      else span.setAttribute(attribute.isTainted, !canFlow(judgement.agentAfter, call.agent));
    }
    return judgement;
  });
}
