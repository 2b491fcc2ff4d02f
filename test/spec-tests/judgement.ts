/** Who refuses a module, and in which words; `nobody` where it would be run. */
export interface Judgement {
  readonly by: 'structure' | 'feature' | 'validator' | 'engine' | 'nobody' | 'crash' | 'hang';
  readonly words: string;
}
