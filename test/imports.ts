import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A source file and what it imports: paths within the project, or the names of packages and of Node's modules. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const importSpecifier =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Reads the imports out of a source text. */
export function sourceFile(path: string, text: string): SourceFile {
  const specifiers = [...text.matchAll(importSpecifier)].map((match) => match[1] ?? match[2] ?? '');
  return { path, text, imports: specifiers.map((specifier) => resolveFrom(path, specifier)) };
}

export async function readSource(root: string, path: string): Promise<SourceFile> {
  return sourceFile(path, await readFile(join(root, path), 'utf8'));
}

function resolveFrom(path: string, specifier: string): string {
  return specifier.startsWith('.') ? relative('.', join(dirname(path), specifier)) : specifier;
}
