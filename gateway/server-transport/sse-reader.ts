import { maxMessageBytes } from './server-transport.ts';
import { TransportError } from './transport-error.ts';

/** One event of a stream. */
export interface StreamEvent {
  /** `message` where the stream does not say. */
  readonly type: string;
  /** Empty for an event that only carries an id. */
  readonly data: string;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const dataField = Buffer.from('data:');
const empty = Buffer.alloc(0);
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Above this a timer would fire at once. */
const maxRetryMs = 2 ** 31 - 1;

/** Reads text/event-stream as it comes: chunks may end anywhere, also within a character or between CR and LF. */
export class SseReader {
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #data: string[] = [];
  #type = '';
  #id: string | undefined;
  /** Of the line that has begun and of the data that belongs to no event yet. */
  #heldBytes = 0;
  #isFirstLine = true;
  #skipsLineFeed = false;
  /** The id of the last event that was complete, on any of the streams read; undefined: none had one. */
  lastEventId: string | undefined;
  /** How long to wait before the stream is opened again, where the server has said so, in milliseconds. */
  retryMs: number | undefined;

  constructor(limitBytes = maxMessageBytes) {
    this.#limitBytes = limitBytes;
  }

  /** Forgets what was not complete: what is read next is another stream, which goes on where this one broke. */
  restart(): void {
    this.#parts = [];
    this.#isFirstLine = true;
    this.#skipsLineFeed = false;
    this.#id = this.lastEventId;
    this.#clear();
  }

  /** The events that end in `chunk`. Throws TOO_LARGE for an event above the limit. */
  read(chunk: Buffer): StreamEvent[] {
    const events: StreamEvent[] = [];
    let start = this.#skipsLineFeed && chunk[0] === lineFeed ? 1 : 0;
    if (chunk.length > 0) this.#skipsLineFeed = false;
    let [feed, back] = [chunk.indexOf(lineFeed, start), chunk.indexOf(carriageReturn, start)];
    while (feed !== -1 || back !== -1) {
      const end = back === -1 || (feed !== -1 && feed < back) ? feed : back;
      this.#keep(chunk.subarray(start, end));
      this.#line(this.#takeLine(), events);
      start = end + 1;
      if (end === back) {
        if (start === chunk.length) this.#skipsLineFeed = true;
        if (chunk[start] === lineFeed) start += 1;
        back = chunk.indexOf(carriageReturn, start);
      }
      if (feed < start && feed !== -1) feed = chunk.indexOf(lineFeed, start);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return events;
  }

  #keep(part: Buffer): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#limitBytes)
      throw new TransportError('TOO_LARGE', `an event is larger than ${this.#limitBytes} bytes`);
    this.#parts.push(part);
  }

  #takeLine(): Buffer {
    const [first, ...others] = this.#parts;
    this.#parts = [];
    const line = others.length === 0 ? (first ?? empty) : Buffer.concat([first ?? empty, ...others]);
    const isMarked = this.#isFirstLine && line.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    this.#isFirstLine = false;
    return isMarked ? line.subarray(byteOrderMark.length) : line;
  }

  #line(line: Buffer, events: StreamEvent[]): void {
    if (line.length === 0) {
      this.#dispatch(events);
    } else if (line.subarray(0, dataField.length).equals(dataField)) {
      // The long ones: only their content is decoded.
      this.#data.push(line.toString('utf8', line[dataField.length] === 0x20 ? 6 : 5));
    } else {
      const text = line.toString();
      const colon = text.indexOf(':');
      const name = colon === -1 ? text : text.slice(0, colon);
      if (name !== 'data') this.#heldBytes -= line.length;
      this.#field(name, colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, ''));
    }
  }

  #field(name: string, value: string): void {
    if (name === 'data') this.#data.push(value);
    if (name === 'event') this.#type = value;
    if (name === 'id' && !value.includes('\0')) this.#id = value;
    if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Math.min(Number(value), maxRetryMs);
  }

  #dispatch(events: StreamEvent[]): void {
    // An empty id takes back the one before: the stream cannot be resumed from here.
    this.lastEventId = this.#id === '' ? undefined : this.#id;
    if (this.#data.length > 0) events.push({ type: this.#type || 'message', data: this.#data.join('\n') });
    this.#clear();
  }

  #clear(): void {
    this.#data = [];
    this.#type = '';
    this.#heldBytes = 0;
  }
}
