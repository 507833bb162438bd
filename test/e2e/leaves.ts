/** Leaves of what was applied that are something else in what is there; a list that has become longer or shorter too. */
export function changedLeaves(applied: unknown, live: unknown, path = ''): string[] {
  if (typeof applied !== 'object' || applied === null) return applied === live ? [] : [told(path, applied, live)];
  if (typeof live !== 'object' || live === null) return [told(path, applied, live)];
  if (Array.isArray(applied) && applied.length !== (live as unknown[]).length) return [told(path, applied, live)];
  return Object.entries(applied).flatMap(([key, value]) => changedLeaves(value, (live as Record<string, unknown>)[key], `${path}.${key}`));
}

function told(path: string, applied: unknown, live: unknown): string {
  return `${path}: ${JSON.stringify(applied)} became ${JSON.stringify(live)}`;
}
