import { InvalidEventError } from './event.ts';

const versions = ['1.0', '0.3'];
/** What most events have, and nothing but names that are legal. */
export const usualAttributes = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema', 'partitionkey'] as const;
const usualNames: ReadonlySet<string> = new Set([...usualAttributes, 'datacontenttype']);
const required = ['id', 'source', 'type'];
const legalName = /^[a-z0-9]+$/;
const timestamp = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Throws InvalidEventError unless a name is one that the specification allows. */
export function checkName(name: string): void {
  if (usualNames.has(name)) return;
  if (!legalName.test(name) || name === 'data') throw new InvalidEventError(`attribute name ${shown(name)} is not allowed: use lower-case letters and digits`);
}

/** Throws InvalidEventError unless the attributes are those of an event of a version that is known. */
export function checkRequired(attributes: ReadonlyMap<string, string>): void {
  const version = attributes.get('specversion');
  if (version === undefined) throw new InvalidEventError('attribute specversion is missing');
  if (!versions.includes(version)) throw new InvalidEventError(`attribute specversion is ${shown(version)}: must be ${versions.join(' or ')}`);
  for (const name of required) {
    if (!attributes.get(name)) throw new InvalidEventError(`attribute ${name} is ${attributes.has(name) ? 'empty' : 'missing'}`);
  }
}

/** Throws InvalidEventError where `time` is there and no RFC 3339 timestamp. */
export function checkTime(attributes: ReadonlyMap<string, string>): void {
  const time = attributes.get('time');
  if (time !== undefined && !timestamp.test(time)) throw new InvalidEventError(`attribute time is ${shown(time)}: must be an RFC 3339 timestamp`);
}

const longestShown = 64;

/** A value from outside as part of a one-line message. */
export function shown(value: string): string {
  return JSON.stringify(shownName(value));
}

/** The same for a name that is known to have no other characters than names may have. */
export function shownName(name: string): string {
  return name.length > longestShown ? `${name.slice(0, longestShown)}…` : name;
}
