import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { KubernetesObject, ObjectGroups, RelatedRule } from '../../hooks/metacontroller.ts';
import { withoutField } from '../without-field.ts';
import type { Controller } from './controllers.ts';
import { controllersOf } from './controllers.ts';
import { parentsOf, syncRequest } from './request.ts';
import { idOf } from './resources.ts';
import { ObjectStore } from './store.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'metacontroller');

interface Recorded {
  path: string;
  request: { controller: object; parent?: KubernetesObject; object?: KubernetesObject; children?: ObjectGroups; attachments?: ObjectGroups; related: ObjectGroups; finalizing: boolean };
}

const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !name.includes('customize'))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded) }));

/** What a customize hook must have answered for these related objects. */
function rulesFor(related: ObjectGroups): RelatedRule[] {
  return Object.keys(related).map((group) => ({ apiVersion: group.slice(group.indexOf('.') + 1), resource: `${group.slice(0, group.indexOf('.')).toLowerCase()}s` }));
}

/** The objects of a recorded request, as they were in the cluster: children are marked as owned. */
function storeOf({ request }: Recorded): ObjectStore {
  const parent = (request.parent ?? request.object) as KubernetesObject;
  const children = Object.values(request.children ?? request.attachments ?? {}).flatMap((group) => Object.values(group));
  const related = Object.values(request.related).flatMap((group) => Object.values(group));
  return new ObjectStore(undefined, [parent, ...children, ...related]);
}

describe('syncRequest', () => {
  test.each(recorded)('makes of the same objects what Metacontroller made: $name', (record) => {
    const { request } = record;
    const controller = controllersOf(JSON.stringify(request.controller))[0] as Controller;
    const store = storeOf(record);
    const parent = (request.parent ?? request.object) as KubernetesObject;
    const found = parentsOf(controller, store).find((candidate) => candidate.metadata.uid === parent.metadata.uid);
    expect(found && idOf(found)).toEqual(idOf(parent));
    const made = syncRequest(controller, found as KubernetesObject, rulesFor(request.related), store);
    expect(JSON.parse(JSON.stringify(made))).toEqual(withoutField(request, 'controller'));
  });

  test('recorded requests are there to be compared with', () => expect(recorded.length).toBeGreaterThan(10));
});
