import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Who may import whom (ARCHITECTURE.md, "The import picture"). A folder not listed as a target is out of reach; its own files never are. */
const mayImport: Record<string, string[]> = {
  contract: [],
  runtime: [],
  hooks: ['contract', 'runtime'],
  'dataplane/cloudevents': [],
  'dataplane/kafka': ['contract', 'runtime', 'dataplane/cloudevents'],
  'dataplane/receiver': ['contract', 'runtime', 'dataplane/cloudevents', 'dataplane/kafka'],
  'dataplane/dispatcher': ['contract', 'runtime', 'dataplane/cloudevents', 'dataplane/kafka'],
};

/** Packages with one home, so that they can be replaced there. */
const homes: Record<string, string[]> = {
  '@platformatic/kafka': ['dataplane/kafka', 'hooks/kafka'],
  undici: ['bench', 'test'],
  yaml: ['hooks/yaml-setting.ts', 'local', 'scripts', 'test'],
  express: ['hooks/app.ts'],
};

interface Import {
  file: string;
  target: string;
}

const folders = ['contract', 'runtime', 'hooks', 'dataplane'];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name)),
);
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import) '([^']+)'|import\('([^']+)'\)/g)].map((match) => ({ file, target: match[1] ?? match[2] ?? '' })),
);

function areaOf(path: string): string {
  return Object.keys(mayImport).find((area) => path.startsWith(`${area}/`)) ?? `outside (${path})`;
}

function isAllowed({ file, target }: Import): boolean {
  const from = areaOf(file);
  const to = areaOf(normalize(join(dirname(file), target)));
  return from === to || (mayImport[from] ?? []).includes(to);
}

describe('the import picture', () => {
  test('every file is in an area', () => expect(files.filter((file) => areaOf(file).startsWith('outside'))).toEqual([]));

  test('imports point one way', () => {
    const wrong = imports.filter(({ target }) => target.startsWith('.')).filter((found) => !isAllowed(found));
    expect(wrong).toEqual([]);
  });

  test('nobody imports a main.ts', () => expect(imports.filter(({ target }) => target.endsWith('/main.ts'))).toEqual([]));

  test('packages stay at home', () => {
    const away = imports.filter(({ file, target }) => homes[target] && !homes[target].some((home) => file === home || file.startsWith(`${home}/`)));
    expect(away).toEqual([]);
  });

  test('the data plane knows no Kubernetes client, and the event\'s path no CloudEvents SDK and no kafkajs', () => {
    expect(imports.filter(({ target }) => ['cloudevents', 'kafkajs'].includes(target) || target.startsWith('@kubernetes/'))).toEqual([]);
  });

  test('an arrow the wrong way is noticed', () => {
    expect(isAllowed({ file: 'contract/names.ts', target: '../hooks/app.ts' })).toBe(false);
    expect(isAllowed({ file: 'dataplane/receiver/app.ts', target: '../dispatcher/retry.ts' })).toBe(false);
    expect(isAllowed({ file: 'dataplane/receiver/app.ts', target: '../kafka/producer.ts' })).toBe(true);
  });
});

describe('names of files', () => {
  test('say what is in them', () => {
    const vague = files.filter((file) => /(^|\/)(util|utils|common|helpers?|types|index|misc)\.ts$/.test(file));
    expect(vague).toEqual([]);
  });
});
