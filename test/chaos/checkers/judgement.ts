import type { Verdict } from './verdict.ts';
import type { Violation } from './violation.ts';
import type { History } from '../history.ts';
import type { Scenario } from '../scenario.ts';

export interface JudgedRun {
  readonly scenario: Pick<Scenario, 'duplicates' | 'allAccepted' | 'recoverWithin'>;
  readonly figures: Omit<Verdict, 'violations'>;
  readonly violations: readonly Violation[];
  readonly history: Pick<History, 'sends' | 'subscriptions'>;
  /** Dispatchers that were killed. */
  readonly kills: number;
  readonly recoverySeconds: number;
}

const usualRecovery = 60;
/** What is in flight in any order; beside it what was finished since the last commit, one a second. */
const inFlight = 64;

/** Why a run has failed; empty: it has passed. What was recorded decides, and what the scenario allows. */
export function judgement({ scenario, figures, violations, history, kills, recoverySeconds }: JudgedRun): string[] {
  const faults = violations.map(({ check, what }) => `${check}: ${what}`);
  const limit = allowedDuplicates({ scenario, history, kills });
  if (figures.duplicates > limit) faults.push(`${figures.duplicates} duplicates, ${limit} are allowed`);
  const refused = history.sends.filter(({ outcome }) => outcome !== 'ok').length;
  if (scenario.allAccepted && refused > 0) faults.push(`${refused} attempts to send were not acknowledged`);
  const { recoverWithin = usualRecovery } = scenario;
  if (recoverySeconds > recoverWithin) faults.push(`events flowed again after ${recoverySeconds} s, ${recoverWithin} are allowed`);
  return faults;
}

function allowedDuplicates({ scenario, history, kills }: Pick<JudgedRun, 'scenario' | 'history' | 'kills'>): number {
  if (scenario.duplicates === 'none') return 0;
  if (scenario.duplicates === undefined) return Infinity;
  const { sends, subscriptions } = history;
  const times = sends.map(({ returnedAt }) => returnedAt);
  const spanSeconds = Math.max(1, (Math.max(...times) - Math.min(...times)) / 1000);
  // A commit takes some time beside its interval.
  return Math.ceil(kills * subscriptions.length * (inFlight + (1.5 * sends.length) / spanSeconds));
}
