import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const lifecycle = pathToFileURL(join(import.meta.dirname, 'lifecycle.ts')).href;

/** What a process says and how it ends, in which this happens after it has said how it speaks of fatal errors. */
function ending(what: string): Promise<{ code: unknown; said: string }> {
  const script = `import { endOnFatalErrors } from '${lifecycle}'; endOnFatalErrors(process, (error) => process.stdout.write('told: ' + error.message)); setTimeout(() => undefined, 20_000); ${what}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout) => resolve({ code: error?.code ?? 0, said: stdout }));
  });
}

describe('O14: endOnFatalErrors', () => {
  test.each([
    ['an exception that nobody catches', 'setTimeout(() => { throw new Error("lost"); });'],
    ['a rejection that nobody handles', 'void Promise.reject(new Error("lost"));'],
  ])('%s is told of, and ends the process with another code than 0', async (_name, what) => {
    expect(await ending(what)).toEqual({ code: 1, said: 'told: lost' });
  });
});
