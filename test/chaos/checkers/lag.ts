import type { History } from '../history.ts';
import type { Violation } from './violation.ts';

/** K12: the lag that is reported is the end of the log less what is committed, but for the seconds that either takes to be known. */
export function lagIsHonest({ lags }: History): Violation[] {
  return lags
    .filter(({ reported, least, most }) => !(reported >= least && reported <= most))
    .map(({ subscription, reported, least, most }) => ({ check: 'K12', kind: 'other', what: `${subscription}: a lag of ${reported} was reported while it was from ${least} to ${most}` }));
}
