import { styleText } from 'node:util';

/** Where a command says what it has to say. */
export interface CommandPlace {
  /** For the answer. */
  readonly output: NodeJS.WritableStream;
  /** For what is going on, and for what is wrong with the command. */
  readonly notes: NodeJS.WritableStream;
  readonly isColoured: boolean;
  /** Whether somebody watches the notes, so that progress may be drawn over itself. */
  readonly showsProgress: boolean;
}

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

/** `text` in a colour, where there are colours. */
export function painted({ isColoured }: CommandPlace, colour: Colour, text: string): string {
  return isColoured ? styleText(colour, text, { validateStream: false }) : text;
}

/** Settles when the lines are on their way, so that the process may end; also when nobody reads on. */
export function writeLines({ output }: CommandPlace, lines: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  output.once('error', () => resolve());
  output.write(lines.map((line) => `${line}\n`).join(''), () => {
    output.removeListener('error', resolve);
    resolve();
  });
  return promise;
}

/** The last line of the notes says how far it is, until it is drawn again; nothing where nobody watches. */
export function drawProgress({ notes, showsProgress }: CommandPlace, text: string): void {
  if (showsProgress) notes.write(`\r\u001b[2K${text}`);
}
