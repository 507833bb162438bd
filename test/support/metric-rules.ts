import { spawn } from 'node:child_process';

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

const prefix = /^kafkachannel_[a-z][a-z0-9_]*$/;
/** Units that Prometheus wants in full and unscaled, and what is written instead. */
const wrongUnits = /_(ms|millis|milliseconds|micros|microseconds|us|nanoseconds|ns|minutes|hours|days|kb|mb|gb|kib|mib|kilobytes|megabytes|kibibytes|mebibytes|percent)(_|$)/;
const typeNames = /_(counter|gauge|histogram|summary)(_|$)/;
const reserved = /_(count|sum|bucket)$/;

/** What `promtool check metrics` and the naming rules of Prometheus object to in a text that a process exports, a line each. */
export function metricTroubles(text: string): string[] {
  return familiesOf(text).flatMap(({ name, type, help }) => {
    const troubles = [
      !prefix.test(name) && 'must begin with kafkachannel_, in lower case',
      help.trim() === '' && 'has no help',
      type === 'counter' && !name.endsWith('_total') && 'is a counter: must end with _total',
      type !== 'counter' && name.endsWith('_total') && 'is no counter: must not end with _total',
      reserved.test(name) && 'has an ending that belongs to histograms and summaries',
      wrongUnits.test(name) && 'must have a base unit, in full: seconds, bytes, ratio',
      typeNames.test(name) && 'must not name its type',
      type === 'untyped' && 'has no type',
    ];
    return troubles.filter((trouble) => trouble !== false).map((trouble) => `${name} ${trouble}`);
  });
}

function familiesOf(text: string): Family[] {
  const help = new Map(Array.from(text.matchAll(/^# HELP (\S+) ?(.*)$/gm), ([, name = '', words = '']) => [name, words]));
  return Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => ({ name, type, help: help.get(name) ?? '' }));
}

/** What promtool (`PROMTOOL_BIN`, else `promtool` on the PATH) says of a text; undefined where there is none, which is a failure in CI. */
export async function promtoolSays(text: string): Promise<Said | undefined> {
  return await promtool(['check', 'metrics'], text);
}

/** The same of a file of tests of alerts. */
export async function promtoolSaysOfAlerts(file: string): Promise<Said | undefined> {
  return await promtool(['test', 'rules', file], '');
}

interface Said {
  readonly code: number | null;
  readonly output: string;
}

async function promtool(words: readonly string[], text: string): Promise<Said | undefined> {
  const child = spawn(process.env['PROMTOOL_BIN'] ?? 'promtool', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (said: string) => (output += said));
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => (process.env['CI'] === undefined ? resolve(undefined) : reject(error)));
    child.once('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => undefined).end(text);
  });
}
