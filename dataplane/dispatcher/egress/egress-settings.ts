import type { DispatcherConfig } from '../config.ts';
import type { EgressSettings } from './egress-rules.ts';

/** What the environment says about where events may go. The API server of the cluster is refused like any address that is denied by hand. */
export function egressSettings({ EGRESS_ALLOW, EGRESS_DENY, SYSTEM_NAMESPACE, KUBERNETES_SERVICE_HOST }: DispatcherConfig): EgressSettings {
  const deny = [EGRESS_DENY, KUBERNETES_SERVICE_HOST].filter((list) => list !== '').join(',');
  return { allow: EGRESS_ALLOW, deny, ...(SYSTEM_NAMESPACE !== '' && { systemNamespace: SYSTEM_NAMESPACE }) };
}
