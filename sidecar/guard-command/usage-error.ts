/** What whoever typed the command has to correct, in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
