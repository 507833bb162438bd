import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Bootstrap {
  isInstalled: (root: string) => boolean;
  startersOf: (process: { ppid: number }) => number[];
}
// Plain JavaScript, because it runs before anything is installed.
const { isInstalled } = (await import(new URL('installed.js', import.meta.url).href)) as Bootstrap;
const { startersOf } = (await import(new URL('starters.js', import.meta.url).href)) as Bootstrap;

describe('isInstalled', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'knative-kafka-installed-'));
    await mkdir(join(root, 'node_modules', '.bin'), { recursive: true });
    await writeFile(join(root, 'node_modules', '.bin', 'node'), '');
    await lock('package-lock.json', { '': {}, 'node_modules/a': { version: '1' }, 'node_modules/b': { version: '1', optional: true } });
  });
  afterEach(() => rm(root, { recursive: true }));

  const lock = (file: string, packages: object): Promise<void> => writeFile(join(root, file), JSON.stringify({ packages }));

  test.each([
    ['the same packages, an optional one missing', { 'node_modules/a': { version: '1' } }, true],
    ['another version', { 'node_modules/a': { version: '2' } }, false],
    ['another version of an optional one', { 'node_modules/a': { version: '1' }, 'node_modules/b': { version: '2' } }, false],
    ['a package missing', {}, false],
  ])('%s: %j', async (_name, packages, installed) => {
    await lock(join('node_modules', '.package-lock.json'), packages);
    expect(isInstalled(root)).toBe(installed);
  });

  test('no node_modules', () => expect(isInstalled(root)).toBe(false));

  test('this project is, or no test would run', () => expect(isInstalled(join(import.meta.dirname, '..'))).toBe(true));
});

describe('startersOf', () => {
  test('the parent, and the one behind it where the parent is only a shell with a command', async () => {
    const shell = spawn('sh', ['-c', 'sleep 30; true'], { stdio: 'ignore' });
    await new Promise((resolve) => shell.once('spawn', resolve));
    // Between fork and exec it still looks like us.
    for (const deadline = Date.now() + 5000; startersOf({ ppid: shell.pid ?? 0 }).length < 2 && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(startersOf({ ppid: shell.pid ?? 0 })).toEqual([shell.pid, process.pid]);
    shell.kill('SIGKILL');
    expect(startersOf(process)).toContain(process.ppid);
  });
});

describe.each(['start', 'render'])('npm %s', (name) => {
  test.each(['SIGINT', 'SIGTERM'] as const)('L4: %s to npm alone, as a supervisor sends it, reaches what npm runs', async (signal) => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    const root = await mkdtemp(join(tmpdir(), 'knative-kafka-npm-'));
    await mkdir(join(root, 'local'));
    await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'stand-in', scripts: { [name]: scripts[name] } }));
    await writeFile(join(root, 'local', 'bootstrap.js'), `process.once('${signal}', () => { console.log('told'); process.exit(130); }); setTimeout(() => {}, 20_000); console.log('up');`);
    const npm = spawn('npm', ['run', '--silent', name], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const heard: string[] = [];
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard.push(text);
      if (text.includes('up')) npm.kill(signal);
    });
    try {
      await once(npm.stdout, 'end', { signal: AbortSignal.timeout(15_000) });
      expect(heard.join('')).toBe('up\ntold\n');
    } finally {
      killGroup(npm.pid ?? 0);
      await rm(root, { recursive: true });
    }
  });
});

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // All of them have ended, as they should.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
