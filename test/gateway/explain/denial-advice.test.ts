import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denialAdvice } from '../../../gateway/explain/denial-advice.ts';

test('an operator is always told the same about the same reason', () => {
  assert.deepEqual(denialAdvice, {
    READ_SECRECY: {
      rule: 'an agent may read only what carries no secrecy tags but its own',
      otherwise:
        'the agent would need the tags from a guard (its policy), the call would have to ask for what does not carry them, or the mode would have to be propagate, in which the agent takes them on',
    },
    READ_INTEGRITY: {
      rule: 'an agent may read only what carries all of its own integrity tags',
      otherwise:
        'what is read would need the tags from the guard (its policy), the agent would have to hold none of them, or the mode would have to be propagate, in which the agent loses them',
    },
    WRITE_SECRECY: {
      rule: 'an agent may write only to what accepts all of its secrecy tags',
      otherwise:
        'what is written to would have to accept the tags, by the policy of a guard and by the audience of the server, or the call would have to come from an agent that has not read what carries them (another Sluice-Run)',
    },
    WRITE_INTEGRITY: {
      rule: 'an agent may write only to what needs no integrity tags but its own',
      otherwise:
        'the agent would need the tags from a guard (its policy), and must not have read what lacks them, or what is written to would have to need none of them',
    },
    AUDIENCE: {
      rule: 'a server is called only by agents whose secrecy tags are all within its audience',
      otherwise:
        'the audience of the server would have to name the tags, or the call would have to come from an agent that has not read what carries them (another Sluice-Run)',
    },
    ITEMS_WITHHELD: {
      rule: 'in strict mode a response is denied as a whole where any part of it may not be read',
      otherwise:
        'the call would have to ask for less, or the mode would have to be filter, in which only those parts are withheld',
    },
    TOOL_CHANGED: {
      rule: 'a tool is called only where it is defined as it was when the agent first saw it',
      otherwise: 'the server would have to define it as before, or the agent would have to begin a new run',
    },
  });
});
