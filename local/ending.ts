/** Why a run ends before it is done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** Whoever started us is gone: there is less time then. */
  readonly orphaned: boolean;

  constructor(why: string, orphaned = false) {
    super(why);
    this.orphaned = orphaned;
  }
}

export interface Endings {
  /** Aborted with an Interrupted. */
  readonly signal: AbortSignal;
  /** Called when the user asks a second time. */
  onImpatience: () => void;
}

/** One Ctrl-C may come more than once: from the terminal, from npm, and from the process between. */
const sameKeyPressMs = 500;

/** Listens to everything that can end a run: signals, a closed terminal, output that nobody reads, a parent that died. */
export function watchForEnding(source: NodeJS.Process): Endings {
  const controller = new AbortController();
  const endings: Endings = { signal: controller.signal, onImpatience: () => undefined };
  let askedAt = 0;
  const end = (interruption: Interrupted): void => {
    if (!controller.signal.aborted) {
      askedAt = Date.now();
      controller.abort(interruption);
    } else if (Date.now() - askedAt > sameKeyPressMs && !interruption.orphaned) {
      endings.onImpatience();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) source.on(name, () => end(new Interrupted(name === 'SIGINT' ? 'Ctrl-C' : name)));
  source.on('SIGHUP', () => end(new Interrupted('the terminal was closed, or npm has ended', true)));
  for (const stream of [source.stdout, source.stderr]) stream.on('error', () => end(new Interrupted('nobody reads the output any more', true)));
  const parent = source.ppid;
  setInterval(() => {
    if (source.ppid !== parent) end(new Interrupted('the process that started this one has ended', true));
  }, 300).unref();
  return endings;
}

/** Settles as `work` does, or throws the Interrupted as soon as the signal is aborted. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
