import type { Writable } from 'node:stream';

/** What is told while local mode starts: numbered steps with their time, and no silence of more than 2 s. */
export interface Narration {
  /** Runs one step; `say` gives a word on what it is busy with. The step's text is what `work` settles with. */
  step<T>(name: string, work: (say: (busyWith: string) => void) => Promise<readonly [T, string]>): Promise<T>;
  /** A line between or after the steps. */
  say(line: string): void;
  /** What is being done now, in words. */
  readonly busyWith: string;
  /** Seconds since the start, for people. */
  elapsed(): string;
}

const longestSilenceMs = 1500;

/** `out` is stderr: narration is not output. */
export function narrate(out: Writable, steps: number, startedAt: number): Narration {
  let number = 0;
  let busyWith = '';
  const say = (line: string): void => void out.write(`${line}\n`);
  const elapsed = (since = startedAt): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  return {
    say,
    elapsed: () => elapsed(),
    get busyWith() {
      return busyWith;
    },
    async step(name, work) {
      const since = Date.now();
      const title = `[${(number += 1)}/${steps}] ${name}`;
      let detail = '';
      busyWith = name;
      const pulse = setInterval(() => say(`${title}  … ${elapsed(since)}${detail && `, ${detail}`}`), longestSilenceMs);
      try {
        const [result, text] = await work((words) => {
          detail = words;
          busyWith = `${name}, ${words}`;
        });
        say(`${title}  ${text}  (${elapsed(since)})`);
        return result;
      } finally {
        clearInterval(pulse);
      }
    },
  };
}
