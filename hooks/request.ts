import { MalformedRequestError } from './hook-error.ts';
import type { CompositeRequest, CustomizeRequest, DecoratorRequest, ObjectGroups } from './metacontroller.ts';

/** The parts of Metacontroller's requests that deciding relies on, checked; the API server has checked the objects themselves. Throw MalformedRequestError. */
export function customizeRequest<Parent>(body: unknown): CustomizeRequest<Parent> {
  const request = record(body, 'the body');
  return { parent: parentIn(request, 'parent') as Parent };
}

export function compositeRequest<Parent>(body: unknown): CompositeRequest<Parent> {
  const request = record(body, 'the body');
  return {
    parent: parentIn(request, 'parent') as Parent,
    children: groupsIn(request, 'children'),
    related: groupsIn(request, 'related'),
    finalizing: request['finalizing'] === true,
  };
}

export function decoratorRequest<Parent>(body: unknown): DecoratorRequest<Parent> {
  const request = record(body, 'the body');
  return {
    object: parentIn(request, 'object') as Parent,
    attachments: groupsIn(request, 'attachments'),
    related: groupsIn(request, 'related'),
    finalizing: request['finalizing'] === true,
  };
}

function parentIn(request: Record<string, unknown>, field: string): unknown {
  return objectAt(request[field], field);
}

function groupsIn(request: Record<string, unknown>, field: string): ObjectGroups | null {
  const groups = request[field];
  if (groups === null || groups === undefined) return null;
  for (const [group, objects] of Object.entries(record(groups, field))) {
    for (const [name, object] of Object.entries(record(objects, `${field}["${group}"]`))) objectAt(object, `${field}["${group}"]["${name}"]`);
  }
  return groups as ObjectGroups;
}

function objectAt(value: unknown, path: string): unknown {
  const object = record(value, path);
  for (const field of ['apiVersion', 'kind']) string(object[field], `${path}.${field}`);
  const metadata = record(object['metadata'], `${path}.metadata`);
  string(metadata['name'], `${path}.metadata.name`);
  if (metadata['namespace'] !== undefined) string(metadata['namespace'], `${path}.metadata.namespace`);
  if (object['spec'] !== undefined) record(object['spec'], `${path}.spec`);
  return object;
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(path, 'an object');
  return value as Record<string, unknown>;
}

function string(value: unknown, path: string): void {
  if (typeof value !== 'string' || value === '') throw malformed(path, 'a string');
}

function malformed(path: string, wanted: string): MalformedRequestError {
  return new MalformedRequestError(`${path} must be ${wanted}`);
}
