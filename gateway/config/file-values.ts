/** Readers of files that the configuration names. Each reports what is wrong and answers undefined. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { maxFileBytes } from './config-limits.ts';
import { report, type Section } from './section.ts';
import { textAt } from './section-values.ts';
import { systemWords } from './system-words.ts';

/** The text of the file that a key names, relative to the configuration's folder. */
export function fileAt(section: Section, key: string): string | undefined {
  return textOfFile(section, key, () => undefined);
}

/** The same for what nobody else may know: a file that others may read or change is refused. */
export function secretFileAt(section: Section, key: string): string | undefined {
  return textOfFile(section, key, openToOthers);
}

/** What is wrong with the permissions of a file, from its mode; undefined where nothing is. */
type Complaint = (mode: number) => string | undefined;

/** The group may read it, since that is how Kubernetes hands secrets to a process. */
function openToOthers(mode: number): string | undefined {
  const isOpen = (mode & (constants.S_IRWXO | constants.S_IWGRP)) !== 0;
  return isOpen ? 'others may read or change it: take that from them (chmod 600)' : undefined;
}

function textOfFile(section: Section, key: string, complaint: Complaint): string | undefined {
  const path = textAt(section, key);
  if (path === undefined) return undefined;
  const { text, problem } = readBounded(resolve(section.reading.folder, path), complaint);
  if (problem !== undefined) report(section, key, `cannot use the file ${path}: ${problem}`);
  return text;
}

function readBounded(
  path: string,
  complaint: Complaint,
): { readonly text?: string; readonly problem?: string } {
  let file: number | undefined;
  try {
    // Without waiting: a named pipe would keep the start until somebody writes into it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(file);
    const problem = status.isFile() ? complaint(status.mode) : 'it is no regular file';
    if (problem !== undefined) return { problem };
    if (status.size > maxFileBytes) return { problem: `it is larger than ${maxFileBytes} bytes` };
    const bytes = readFileSync(file);
    return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { problem: 'it is not UTF-8' };
  } catch (cause) {
    return { problem: systemWords(cause) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
