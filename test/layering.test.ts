/** The house's rules about who may import whom, as data, and a test that they are not broken. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSource, type SourceFile, sourceFile } from './imports.ts';

interface Rule {
  readonly about: string;
  readonly breaks: (file: SourceFile, imported: string) => boolean;
}

const isIn = (folder: string, path: string) => path.startsWith(`${folder}/`);
const isPackage = (imported: string) =>
  !/^(cli|conformance|gateway|sidecar|proto|test|examples|guards)\//.test(imported);

/** What both sides of the trust border may know of a guard process: how to talk to it. */
const guestBorder = ['sidecar/guest/protocol.ts', 'sidecar/guest/backend-calls.ts'];

/** The one file of `sluice` that names the programs, each in an import that is carried out when it is asked for. */
const dispatcher = 'cli/commands.ts';

const rules: readonly Rule[] = [
  {
    about: 'the gateway never imports the sidecar',
    breaks: (file, imported) => isIn('gateway', file.path) && isIn('sidecar', imported),
  },
  {
    about: 'the sidecar never imports the gateway',
    breaks: (file, imported) => isIn('sidecar', file.path) && isIn('gateway', imported),
  },
  {
    about: 'the monitor imports only itself',
    breaks: (file, imported) => isIn('gateway/monitor', file.path) && !isIn('gateway/monitor', imported),
  },
  {
    about: 'what runs inside a guard process imports only itself and Node',
    breaks: (file, imported) =>
      isIn('sidecar/guest', file.path) && !isIn('sidecar/guest', imported) && !imported.startsWith('node:'),
  },
  {
    about: 'the sidecar imports of the guest only how to talk to it',
    breaks: (file, imported) =>
      isIn('sidecar', file.path) &&
      !isIn('sidecar/guest', file.path) &&
      isIn('sidecar/guest', imported) &&
      !guestBorder.includes(imported),
  },
  {
    about: 'what runs inside a validator process imports only itself, Node and the types of wabt',
    breaks: (file, imported) =>
      isIn('sidecar/validator', file.path) &&
      !isIn('sidecar/validator', imported) &&
      !imported.startsWith('node:') &&
      imported !== 'wabt',
  },
  {
    about: 'the sidecar imports of the validator only what its verdict is',
    breaks: (file, imported) =>
      isIn('sidecar', file.path) &&
      !isIn('sidecar/validator', file.path) &&
      isIn('sidecar/validator', imported) &&
      imported !== 'sidecar/validator/verdict.ts',
  },
  {
    about: 'main.ts is imported by nobody but the dispatcher',
    breaks: (file, imported) => /(^|\/)main\.ts$/.test(imported) && file.path !== dispatcher,
  },
  {
    about: 'sources import no tests and no examples; the dispatcher runs the quickstart',
    breaks: (file, imported) =>
      isIn('test', imported) || (isIn('examples', imported) && file.path !== dispatcher),
  },
  {
    about: 'the dispatcher knows of the programs only how to run them',
    breaks: (file, imported) =>
      isIn('cli', file.path) &&
      !isIn('cli', imported) &&
      !imported.startsWith('node:') &&
      !(file.path === dispatcher && /(^|\/)(main|start|demo)\.ts$/.test(imported)),
  },
  {
    about: 'nothing imports the dispatcher',
    breaks: (file, imported) => !isIn('cli', file.path) && isIn('cli', imported),
  },
  {
    about: 'the conformance kit knows of the contract only: itself, the protocol and packages',
    breaks: (file, imported) =>
      isIn('conformance', file.path) &&
      !isIn('conformance', imported) &&
      !isIn('proto/gen', imported) &&
      !isPackage(imported),
  },
  {
    about: 'nothing but the dispatcher imports the conformance kit',
    breaks: (file, imported) =>
      !isIn('conformance', file.path) && isIn('conformance', imported) && file.path !== dispatcher,
  },
  {
    about: 'responses are judged without input, output or clock',
    breaks: (file, imported) => isIn('gateway/response', file.path) && isPackage(imported),
  },
];

const forbiddenNames = /(^|\/)(index|utils|helpers|common|types|manager)(\.ts$|\/)/;

const root = join(import.meta.dirname, '..');
const paths = globSync(['cli/**/*.ts', 'conformance/**/*.ts', 'gateway/**/*.ts', 'sidecar/**/*.ts'], {
  cwd: root,
});
const files = await Promise.all(paths.map((path) => readSource(root, path)));

function violations(rule: Rule, sources: readonly SourceFile[]): string[] {
  return sources.flatMap((file) =>
    file.imports
      .filter((imported) => rule.breaks(file, imported))
      .map((imported) => `${file.path} → ${imported}`),
  );
}

/** The first way back to where it started, if there is one. */
function cycle(sources: readonly SourceFile[]): readonly string[] | undefined {
  const importsOf = new Map(sources.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    done.add(path);
    for (const imported of importsOf.get(path) ?? []) {
      const found = visit(imported, [...trail, path]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const { path } of sources) {
    const found = visit(path, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

suite('layering', () => {
  for (const rule of rules) test(rule.about, () => assert.deepEqual(violations(rule, files), []));

  test('there are no cycles', () => assert.equal(cycle(files), undefined));

  test('only config.ts reads the environment', () => {
    const readers = files.filter(({ text }) => /process\.env\b/.test(text)).map(({ path }) => path);
    assert.deepEqual(readers.sort(), ['gateway/config.ts', 'sidecar/config.ts']);
  });

  test('no file of ours is named by its ending but in an import: compiled, it has another', () => {
    const named = /['"`/][\w/-]*\.ts['"`]/;
    const importing = /^(import|export|\} from)\b.*;$|\bimport\('[^']+'\)/;
    const naming = files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => named.test(line) && !importing.test(line) && !/^\s*(\/?\*|\/\/)/.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    assert.deepEqual(naming, []);
  });

  test('no file has a name that says nothing', () => {
    assert.deepEqual(
      paths.filter((path) => forbiddenNames.test(path)),
      [],
    );
  });

  test('no file is longer than 250 lines', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path);
    assert.deepEqual(long, []);
  });

  test('nothing has the type any', () => {
    const escapes = /(:|as|<)\s*any\b/;
    const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const escaping = files.filter(
      ({ text }) => escapes.test(withoutComments(text)) || /biome-ignore|@ts-/.test(text),
    );
    assert.deepEqual(
      escaping.map(({ path }) => path),
      [],
    );
  });
});

suite('the layering test itself', () => {
  const offenders: readonly (readonly [about: string, path: string, text: string])[] = [
    ['the gateway never imports the sidecar', 'gateway/a.ts', "import { x } from '../sidecar/b.ts';"],
    ['the sidecar never imports the gateway', 'sidecar/a.ts', "import type { X } from '../gateway/b.ts';"],
    ['the monitor imports only itself', 'gateway/monitor/a.ts', "import { readFile } from 'node:fs';"],
    [
      'what runs inside a guard process imports only itself and Node',
      'sidecar/guest/a.ts',
      "import '../b.ts';",
    ],
    [
      'the sidecar imports of the guest only how to talk to it',
      'sidecar/a.ts',
      "export { x } from './guest/guest.ts';",
    ],
    [
      'what runs inside a validator process imports only itself, Node and the types of wabt',
      'sidecar/validator/a.ts',
      "import '../b.ts';",
    ],
    [
      'the sidecar imports of the validator only what its verdict is',
      'sidecar/a.ts',
      "import './validator/judge.ts';",
    ],
    [
      'main.ts is imported by nobody but the dispatcher',
      'gateway/a.ts',
      "const x = await import('./main.ts');",
    ],
    [
      'sources import no tests and no examples; the dispatcher runs the quickstart',
      'gateway/a.ts',
      "import {\n  x,\n} from '../test/b.ts';",
    ],
    [
      'the dispatcher knows of the programs only how to run them',
      'cli/commands.ts',
      "import { x } from '../sidecar/limits.ts';",
    ],
    ['nothing imports the dispatcher', 'sidecar/a.ts', "import { x } from '../cli/commands.ts';"],
    [
      'the conformance kit knows of the contract only: itself, the protocol and packages',
      'conformance/a.ts',
      "import { x } from '../sidecar/limits.ts';",
    ],
    [
      'nothing but the dispatcher imports the conformance kit',
      'sidecar/a.ts',
      "import { x } from '../conformance/check.ts';",
    ],
    [
      'responses are judged without input, output or clock',
      'gateway/response/a.ts',
      "import fs from 'node:fs';",
    ],
  ];
  for (const [about, path, text] of offenders) {
    test(`finds what breaks "${about}"`, () => {
      const rule = rules.find((each) => each.about === about);
      assert.ok(rule !== undefined);
      assert.equal(violations(rule, [sourceFile(path, text)]).length, 1);
    });
  }

  test('finds a cycle', () => {
    const a = sourceFile('gateway/a.ts', "import { b } from './b.ts';");
    const b = sourceFile('gateway/b.ts', "import { a } from './a.ts';");
    assert.deepEqual(cycle([a, b]), ['gateway/a.ts', 'gateway/b.ts', 'gateway/a.ts']);
  });

  test('has an offender for each rule', () => {
    assert.deepEqual(
      offenders.map(([about]) => about),
      rules.map(({ about }) => about),
    );
  });
});
