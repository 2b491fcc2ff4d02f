import { Writable } from 'node:stream';
import { Log } from '../../gateway/log.ts';

/** A log that nobody reads. */
export const silentLog = new Log(new Writable({ write: (_chunk, _encoding, done) => done() }));
