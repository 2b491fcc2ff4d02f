/** What became of the questions of a soak. */
export class SoakTally {
  /** Questions to sound guests, but for those that their client gave up itself. */
  calls = 0;
  answered = 0;
  /** Asked once more, since the stream had ended with UNAVAILABLE, as the protocol says. */
  askedAgain = 0;
  /** Lost their process twice while they waited: a typed failure, and a legitimate one under random kills. */
  processLost = 0;
  /** Given up by the client with its stream. */
  cutOff = 0;
  hostileCalls = 0;
  /** How the questions to hostile guests ended. */
  readonly hostileEnds = new Map<string, number>();
  /** Questions to sound guests that got neither their labels nor a legitimate reason, and what they got instead. */
  readonly lost = new Map<string, number>();
  /** Faults that the sidecar calls its own. */
  internal = 0;

  lose(why: string, count = 1): void {
    this.lost.set(why, (this.lost.get(why) ?? 0) + count);
  }

  endHostile(how: string): void {
    this.hostileCalls++;
    this.hostileEnds.set(how, (this.hostileEnds.get(how) ?? 0) + 1);
    if (how === 'INTERNAL') this.internal++;
  }

  get lostCount(): number {
    return this.lost.values().reduce((sum, count) => sum + count, 0);
  }
}
