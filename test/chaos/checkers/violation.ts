import type { History } from '../history.ts';

/** `lost` and `inversion` end a run with an error like every other kind, and are counted of their own. */
export interface Violation {
  /** Rule of the suite: K1, K2… */
  readonly check: string;
  readonly kind: 'lost' | 'inversion' | 'duplicate' | 'other';
  readonly what: string;
  /** The event it is about. */
  readonly event?: string;
}

/** A pure function of what was recorded. */
export type Checker = (history: History) => Violation[];
