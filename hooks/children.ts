import { annotation } from '../contract/names.ts';
import { fingerprint } from './fingerprint.ts';
import type { KubernetesObject, ObjectGroups } from './metacontroller.ts';
import { compareText } from './observed.ts';

type Texts = Readonly<Record<string, string>>;

export interface Child {
  apiVersion?: string;
  kind?: string;
  metadata?: { namespace?: string; name?: string; labels?: Texts; annotations?: Texts };
}

/** Children as an answer has them: in one order, by kind, namespace and name, and such that what was done to the observed ones by hand is undone. */
export function answeredChildren(children: readonly Child[], observed: ObjectGroups | null): object[] {
  const keyed = children.map((child) => ({ child: withPutBack(child, observedChild(child, observed)), key: [child.kind, child.metadata?.namespace, child.metadata?.name].join('\0') }));
  return keyed.sort((a, b) => compareText(a.key, b.key)).map(({ child }) => child);
}

/**
 * With server-side apply, Metacontroller writes a child only where it asks for something else than before, or the observed generation is another one: a changed label or annotation changes neither.
 * An annotation more makes it write; it is gone with the next answer. It is the same for the same change, so that somebody who changes it again and again is not answered for ever.
 */
function withPutBack(child: Child, seen: KubernetesObject | undefined): Child {
  if (seen?.metadata.generation === undefined) return child;
  const { labels, annotations } = child.metadata ?? {};
  const changed = [changedOf(labels, seen.metadata.labels), changedOf(annotations, seen.metadata.annotations)];
  if (changed.flat().length === 0) return child;
  return { ...child, metadata: { ...child.metadata, annotations: { ...annotations, [annotation.putBack]: fingerprint(changed) } } };
}

/** Of what is asked for, and nothing else: labels and annotations of others are theirs. */
function changedOf(wanted: Texts = {}, found: Texts = {}): [string, string | undefined][] {
  return Object.keys(wanted)
    .filter((name) => found[name] !== wanted[name])
    .map((name) => [name, found[name]]);
}

function observedChild({ apiVersion, kind, metadata }: Child, observed: ObjectGroups | null): KubernetesObject | undefined {
  return observed?.[`${kind}.${apiVersion}`]?.[`${metadata?.namespace}/${metadata?.name}`];
}
