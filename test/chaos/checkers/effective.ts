import type { History } from '../history.ts';
import type { Violation } from './violation.ts';

/** K13: a fault that did nothing proves nothing; nor does a run in which nothing was acknowledged. */
export function faultTookEffect({ effects, sends }: History): Violation[] {
  const none = Object.entries(effects).filter(([, count]) => count <= 0);
  return [
    ...(Object.keys(effects).length === 0 ? [{ check: 'K13', kind: 'other', what: 'the fault left no trace' } as const] : []),
    ...none.map(([effect]) => ({ check: 'K13', kind: 'other', what: `the fault had no effect: ${effect}: 0` }) as const),
    ...(sends.some(({ outcome }) => outcome === 'ok') ? [] : [{ check: 'K13', kind: 'other', what: 'no event was acknowledged' } as const]),
  ];
}
