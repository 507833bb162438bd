/** Something that lines are written to. */
export interface Output {
  write(text: string): unknown;
}

export interface NarrationOptions {
  /** stdout: addresses and events. */
  readonly out: Output;
  /** stderr: everything else. */
  readonly err: Output;
  readonly steps: number;
  /** When the command was given (ms since 1970). */
  readonly startedAt: number;
  /** Both are a terminal, so that progress can be shown in one line that changes. */
  readonly live: boolean;
}

/** What is told while local mode starts: numbered steps with their time, and no silence of more than 2 s. */
export interface Narration {
  /** Runs one step; `say` gives a word on what it is busy with. The step's text is what `work` settles with. */
  step<T>(name: string, work: (say: (busyWith: string) => void) => Promise<readonly [T, string]>): Promise<T>;
  /** A line between or after the steps, on stderr. */
  say(line: string): void;
  /** A line of output, on stdout. */
  print(line: string): void;
  /** What is being done now, in words. */
  readonly busyWith: string;
  /** Seconds since the start, for people. */
  elapsed(): string;
}

const longestSilenceMs = 1500;
/** To the beginning of the line, which is then empty. */
const eraseLine = '\r\u001b[K';

export function narrate({ out, err, steps, startedAt, live }: NarrationOptions): Narration {
  let number = 0;
  let busyWith = '';
  let progressShown = false;
  const elapsed = (since = startedAt): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  const line = (to: Output, text: string): void => {
    to.write(`${progressShown ? eraseLine : ''}${text}\n`);
    progressShown = false;
  };
  const progress = (text: string): void => {
    if (!live) return line(err, text);
    err.write(`${eraseLine}${text}`);
    progressShown = true;
  };
  return {
    say: (text) => line(err, text),
    print: (text) => line(out, text),
    elapsed: () => elapsed(),
    get busyWith() {
      return busyWith;
    },
    async step(name, work) {
      const since = Date.now();
      const title = `[${(number += 1)}/${steps}] ${name}`;
      let detail = '';
      busyWith = name;
      const pulse = setInterval(() => progress(`${title}  … ${elapsed(since)}${detail && `, ${detail}`}`), live ? 500 : longestSilenceMs);
      try {
        const [result, text] = await work((words) => {
          detail = words;
          busyWith = `${name}, ${words}`;
        });
        line(err, `${title}  ${text}  (${elapsed(since)})`);
        return result;
      } finally {
        clearInterval(pulse);
      }
    },
  };
}
