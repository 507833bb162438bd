import type { Clock } from '../../dataplane/dispatcher/clock.ts';
import type { Sleeper, VirtualTime } from './virtual-time.ts';

/** The clock of a process that lives in virtual time. */
export function simulatedClock(time: VirtualTime, self: Sleeper, timeOfDay: () => number): Clock {
  return {
    now: () => time.now,
    timeOfDay,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => reject(signal.reason as Error);
        if (signal.aborted) {
          abort();
          return;
        }
        signal.addEventListener('abort', abort, { once: true });
        time.after(ms, () => {
          signal.removeEventListener('abort', abort);
          resolve();
        }, self);
      }),
    every: (ms, work) => {
      let isOver = false;
      const again = (): void => {
        if (isOver) return;
        work();
        time.after(ms, again, self);
      };
      time.after(ms, again, self);
      return () => (isOver = true);
    },
  };
}
