import { describe, expect, test } from '@jest/globals';

import { parseStartOptions, startHelp, UsageError } from './command-line.ts';
import { parseRenderOptions, renderHelp } from './render/command-line.ts';

describe('parseStartOptions', () => {
  test('has a default for everything', () => {
    expect(parseStartOptions([])).toEqual({ manifests: 'examples/quickstart', once: false, kafka: undefined, port: 8080, clean: false, timeoutMs: 180_000, help: false });
  });

  test('takes all flags', () => {
    const args = ['-f', 'x', '--once', '--kafka', 'localhost:9092', '--port', '0', '--clean', '--timeout', '5'];
    expect(parseStartOptions(args)).toEqual({ manifests: 'x', once: true, kafka: 'localhost:9092', port: 0, clean: true, timeoutMs: 5000, help: false });
  });

  test('a path is meant from where the user is', () => {
    expect(parseStartOptions(['-f', 'x'], '/elsewhere').manifests).toBe('/elsewhere/x');
    expect(parseStartOptions(['-f', 'x'], `${process.cwd()}/local`).manifests).toBe('local/x');
  });

  test.each([[['--port', '70000']], [['--port', '-1']], [['--timeout', '0', '--once']], [['--timeout', '5']], [['--kafka', 'x']], [['--kafka', 'x:0']], [['--what']], [['extra']]])('%j is wrong usage', (args) => {
    expect(() => parseStartOptions(args)).toThrow(UsageError);
  });
});

describe('parseRenderOptions', () => {
  test('takes files and flags', () => {
    expect(parseRenderOptions(['a', 'b', '--system-namespace', 's', '--receiver-image', 'r', '--dispatcher-image', 'd'])).toEqual({ files: ['a', 'b'], systemNamespace: 's', receiverImage: 'r', dispatcherImage: 'd', help: false });
  });

  test.each([[[]], [['a', '--what']]])('%j is wrong usage', (args) => expect(() => parseRenderOptions(args)).toThrow(UsageError));
});

test.each([['npm start', startHelp], ['npm run render', renderHelp]])('help of %s: an example first, at most 40 lines', (_name, help) => {
  expect(help.split('\n').length).toBeLessThan(40);
  expect(help.indexOf('npm ')).toBeLessThan(help.indexOf('Flags'));
});
