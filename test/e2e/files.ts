/** Files of tests in the order in which they run: what each leaves is what the next finds. */
const always = ['readers.test.ts', 'components.test.ts', 'api-server.test.ts', 'takeover.test.ts', 'readme.test.ts', 'quickstart.test.ts'];
const reconciling = ['metacontroller.test.ts', 'topics.test.ts', 'strimzi.test.ts', 'repair.test.ts', 'autoscaling.test.ts', 'at-rest.test.ts', 'deletion.test.ts', 'reset.test.ts', 'independence.test.ts', 'argo-health.test.ts', 'kafka-restart.test.ts', 'hooks-safety.test.ts'];
const withKnative = ['knative.test.ts'];
const leaving = ['removal.test.ts', 'removal-in-another-order.test.ts', 'takeover-events.test.ts'];

export interface Given {
  readonly metacontroller: boolean;
  readonly knative: boolean;
}

export function suiteFiles({ metacontroller, knative }: Given): string[] {
  return metacontroller ? [...always, ...reconciling, ...(knative ? withKnative : []), ...leaving] : always;
}
