import type { Verdict } from './verdict.ts';

export interface Figures extends Omit<Verdict, 'violations'> {
  /** From the end of the fault until events flow again for every sender and subscriber. */
  readonly recoverySeconds: number;
}

const names = ['sent', 'acknowledged', 'delivered', 'lost', 'duplicates', 'inversions', 'recoverySeconds'] as const;

/** The line of a scenario on stdout; every figure is null where it could not be judged. */
export function lineOf(scenario: string, figures?: Figures): string {
  return `${JSON.stringify({ scenario, ...Object.fromEntries(names.map((name) => [name, figures?.[name] ?? null])) })}\n`;
}
