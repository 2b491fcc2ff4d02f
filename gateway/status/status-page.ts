import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The page with the policy that lets its own script and style run, and nothing else. */
export interface StatusPage {
  readonly html: string;
  readonly policy: string;
}

/** The modules of its script, each after those that it imports. */
const modules = [
  'words.js',
  'elements.js',
  'flow-columns.js',
  'flow-picture.js',
  'event-detail.js',
  'flow-panel.js',
  'tables.js',
  'live.js',
];

/** Joins the files of `page/` to one page: it needs no other request to be shown, and its script is known by its hash. */
export async function readStatusPage(): Promise<StatusPage> {
  const read = (name: string) => readFile(new URL(`page/${name}`, import.meta.url), 'utf8');
  const [frame, style, ...scripts] = await Promise.all(['status.html', 'status.css', ...modules].map(read));
  if (frame === undefined || style === undefined) throw new Error('the status page has no files');
  const script = scripts.map(unlinked).join('\n');
  const html = frame.replace('/* style */', () => style).replace('/* script */', () => script);
  return { html, policy: policyFor({ script, style }) };
}

/** A module as a part of a larger one: what it imports stands before it. */
function unlinked(module: string): string {
  return module.replaceAll(/^import [^;]*;\n/gm, '').replaceAll(/^export /gm, '');
}

function policyFor({ script, style }: { script: string; style: string }): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Nothing that came from elsewhere can be made markup of.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
