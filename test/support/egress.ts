import { EgressGuard } from '../../dataplane/dispatcher/egress/egress-guard.ts';
import { EgressRules } from '../../dataplane/dispatcher/egress/egress-rules.ts';

/** What lets events reach the test's own subscribers: they are on the loopback interface. */
export const allowLoopback = '127.0.0.0/8,::1';

export function loopbackGuard(): EgressGuard {
  return new EgressGuard({ rules: new EgressRules({ allow: allowLoopback }), kafkaHosts: () => [] });
}
