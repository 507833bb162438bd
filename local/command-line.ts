import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface StartOptions {
  /** Folder or file with the manifests. */
  readonly manifests: string;
  readonly once: boolean;
  /** HOST:PORT of a Kafka to use instead of the embedded one. */
  readonly kafka: string | undefined;
  /** Port that takes events; 0: any free one. */
  readonly port: number;
  readonly clean: boolean;
  readonly timeoutMs: number;
  readonly help: boolean;
}

/** Wrong usage: the command ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const startHelp = `Usage: npm start -- [flags]

  npm start                            run examples/quickstart and stay up until Ctrl-C
  npm start -- -f my-manifests         run your own manifests; changes are applied as you save them
  npm start -- --once --port 0         prove that an event arrives everywhere, then stop (for CI)

Flags
  -f DIR               folder (or file) with manifests, watched for changes   (examples/quickstart)
  --kafka HOST:PORT    use this Kafka; no embedded one is started
  --port N             port that takes events; 0 takes a free one             (8080)
  --once               send one event to each channel, exit 0 when every subscriber has it
  --timeout SECONDS    with --once: give up after this time                   (180)
  --clean              start empty: forget events, topics and offsets of earlier runs
  --help               this text

Exit codes: 0 done, 1 failed, 2 wrong usage, 124 timed out, 130 interrupted.
For trying and for tests; not for production.
`;

/** Throws UsageError. */
export function parseStartOptions(args: readonly string[], initialFolder?: string): StartOptions {
  const values = flags(args);
  if (values.timeout !== undefined && !values.once) throw usage('--timeout works with --once only');
  if (values.kafka !== undefined) checkHostAndPort(values.kafka);
  return {
    manifests: values.file === undefined ? 'examples/quickstart' : userPath(values.file, initialFolder),
    once: values.once ?? false,
    kafka: values.kafka,
    port: wholeNumber('--port', values.port ?? '8080', 0, 65_535),
    clean: values.clean ?? false,
    timeoutMs: wholeNumber('--timeout', values.timeout ?? '180', 1, 86_400) * 1000,
    help: values.help ?? false,
  };
}

function flags(args: readonly string[]): { file?: string; kafka?: string; port?: string; timeout?: string; once?: boolean; clean?: boolean; help?: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        file: { type: 'string', short: 'f' },
        kafka: { type: 'string' },
        port: { type: 'string' },
        timeout: { type: 'string' },
        once: { type: 'boolean' },
        clean: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw usage((error as Error).message.split('. ')[0] ?? '');
  }
}

/** A path of the command line as the user meant it: npm runs us in the project, and says in INIT_CWD where the user is. */
export function userPath(path: string, initialFolder: string | undefined): string {
  const absolute = resolve(initialFolder ?? '', path);
  const short = relative(process.cwd(), absolute) || '.';
  return short.startsWith('..') ? absolute : short;
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw usage(`${flag} must be a whole number from ${least} to ${most}, not "${text}"`);
  return number;
}

function checkHostAndPort(text: string): void {
  const port = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) throw usage(`--kafka must be HOST:PORT, not "${text}"`);
}

function usage(fault: string): UsageError {
  return new UsageError(`${fault}: see "npm start -- --help"`);
}
