/**
 * The name of a Service in a cluster without what may be left out, `<service>.<namespace>`; any other name in lower case, without a dot at its end.
 * A dispatcher runs in the system namespace, so a name of one label is that of a Service there.
 */
export function canonicalName(host: string, systemNamespace: string | undefined): string {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length === 1 && systemNamespace !== undefined && labels[0] !== 'localhost') labels.push(systemNamespace);
  const kind = labels.findIndex((label, index) => index >= 2 && (label === 'svc' || label === 'pod'));
  return labels.slice(0, kind < 0 ? labels.length : kind).join('.');
}

/** Whether a canonical name is that of something in the namespace. */
export function isInNamespace(name: string, namespace: string): boolean {
  return name.endsWith(`.${namespace}`);
}

/** Whether a canonical name is meant by a pattern, in which `*` stands for anything but a dot. */
export function matchesName(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]*')}$`).test(name);
}
