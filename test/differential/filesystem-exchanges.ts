// The conversation with server-filesystem over a folder of the test's, which is laid out anew before each.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, type Exchange, tell, toolCall } from './exchange.ts';
import { fileTimes } from './masks.ts';

const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Lays out the folder: the same files each time. The folder itself stays, since servers run in it. */
export async function layOutFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  await mkdir(join(folder, 'sub', 'deep'), { recursive: true });
  await writeFile(join(folder, 'odd.txt'), 'first\r\nsecond \u2028 é 😀\n"third"\\\tend');
  await writeFile(join(folder, 'plain.txt'), 'one\ntwo\nthree\n');
  await writeFile(join(folder, 'pixel.png'), Buffer.from(onePixel, 'base64'));
  await writeFile(join(folder, 'sub', 'big.json'), '{"id": 9007199254740993, "ratio": 1.50}');
}

/** In this order: what a tool does is seen by what comes after it. */
export function filesystemExchanges(folder: string): readonly Exchange[] {
  const path = (name: string) => JSON.stringify(join(folder, name));
  return [...opening(folder), ...reads(path), ...writes(path), ...lists(path), ...refusals];
}

function opening(folder: string): readonly Exchange[] {
  const roots = [folder, join(folder, 'sub')].map((root) => ({ uri: `file://${root}` }));
  return [
    ask(
      'initialize',
      '{"protocolVersion":"2025-03-26","capabilities":{"roots":{}},"clientInfo":{"name":"differential","version":"1"}}',
      { name: 'initialize' },
    ),
    tell('notifications/initialized', {
      hears: { 'roots/list': 1 },
      answers: { 'roots/list': JSON.stringify({ roots }) },
    }),
    toolCall('list_allowed_directories', '{}', { until: join(folder, 'sub') }),
    ask('tools/list'),
  ];
}

type PathOf = (name: string) => string;

function reads(path: PathOf): readonly Exchange[] {
  return [
    toolCall('read_file', `{"path":${path('odd.txt')}}`),
    toolCall('read_text_file', `{"path":${path('odd.txt')},"head":1}`),
    toolCall('read_text_file', `{"path":${path('plain.txt')},"tail":2}`),
    toolCall('read_text_file', `{"path":${path('plain.txt')},"head":1,"tail":1}`),
    toolCall('read_text_file', `{"path":${path('missing.txt')}}`),
    toolCall('read_text_file', '{"path":"/etc/hostname"}'),
    toolCall('read_text_file', '{"file":"plain.txt"}'),
    toolCall('read_media_file', `{"path":${path('pixel.png')}}`),
    toolCall('read_media_file', `{"path":${path('plain.txt')}}`),
    toolCall(
      'read_multiple_files',
      `{"paths":[${path('plain.txt')},${path('missing.txt')},${path('sub/big.json')}]}`,
    ),
    toolCall('read_multiple_files', '{"paths":[]}'),
  ];
}

function writes(path: PathOf): readonly Exchange[] {
  const edit = (from: string, to: string) => `"edits":[{"oldText":"${from}","newText":"${to}"}]`;
  return [
    toolCall('write_file', `{"path":${path('new.txt')},"content":"\\u2029 new \\ud83d\\ude00\\n"}`),
    toolCall('read_text_file', `{"path":${path('new.txt')}}`),
    toolCall('write_file', '{"path":"/nowhere/new.txt","content":""}'),
    toolCall('edit_file', `{"path":${path('plain.txt')},${edit('two', 'zwei')},"dryRun":true}`),
    toolCall('edit_file', `{"path":${path('plain.txt')},${edit('two', 'deux')}}`),
    toolCall('edit_file', `{"path":${path('plain.txt')},${edit('not there', '-')}}`),
    toolCall('create_directory', `{"path":${path('made/here')}}`),
    toolCall('move_file', `{"source":${path('new.txt')},"destination":${path('made/moved.txt')}}`),
    toolCall('move_file', `{"source":${path('made/moved.txt')},"destination":${path('plain.txt')}}`),
    toolCall('move_file', `{"source":${path('missing.txt')},"destination":${path('x.txt')}}`),
  ];
}

function lists(path: PathOf): readonly Exchange[] {
  return [
    toolCall('list_directory', `{"path":${path('.')}}`),
    toolCall('list_directory', `{"path":${path('missing')}}`),
    toolCall('list_directory_with_sizes', `{"path":${path('.')},"sortBy":"size"}`),
    toolCall('directory_tree', `{"path":${path('.')}}`),
    toolCall('directory_tree', `{"path":${path('.')},"excludePatterns":["sub"]}`),
    toolCall('search_files', `{"path":${path('.')},"pattern":"**/*.txt"}`),
    toolCall('get_file_info', `{"path":${path('plain.txt')}}`, { masks: [fileTimes] }),
    toolCall('get_file_info', '{"path":7}'),
  ];
}

const refusals: readonly Exchange[] = [
  { ...toolCall('no_such_tool', '{}'), isUnknownTool: true },
  ask('resources/list'),
  ask('resources/read', '{"uri":"file:///etc/hostname"}'),
  ask('prompts/list'),
  ask('logging/setLevel', '{"level":"info"}'),
  ask('ping'),
];
