/** Writes by resource in the metrics of an API server: what it has answered since it started, leases left out, for they are the heartbeat of Kubernetes itself. */
export function writeCounts(exposition: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of exposition.split('\n')) {
    const [, labels = '', value = ''] = /^apiserver_request_total\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const [verb, resource] = ['verb', 'resource'].map((name) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '');
    if (!/^(POST|PUT|PATCH|APPLY|DELETE)$/.test(verb ?? '') || !resource || resource === 'leases') continue;
    counts.set(resource, (counts.get(resource) ?? 0) + Number(value));
  }
  return counts;
}

/** What was written between two looks. */
export function writesBetween(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...now].map(([resource, count]) => [resource, count - (before.get(resource) ?? 0)] as const).filter(([, count]) => count > 0));
}
