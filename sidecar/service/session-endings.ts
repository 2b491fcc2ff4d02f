import { GuardError } from '../guard-error.ts';
import { maxOpenQuestions } from '../limits.ts';

export const sessionEnded = new GuardError('CANCELLED', 'the session has ended');
export const shuttingDown = new GuardError(
  'SHUTTING_DOWN',
  'the sidecar is shutting down; open the session again, elsewhere where there is another',
);
export const tooManyQuestions = new GuardError(
  'QUEUE_FULL',
  `a session may have ${maxOpenQuestions} questions open`,
);

export const secondOpen = new GuardError(
  'INVALID_REQUEST',
  'a stream is one session: open another stream for another session',
);
