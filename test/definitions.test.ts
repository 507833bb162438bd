import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Schema {
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

interface Column {
  name: string;
  description?: string;
  priority?: number;
}

interface Definition {
  spec: { names: { kind: string }; versions: { name: string; additionalPrinterColumns: Column[]; schema: { openAPIV3Schema: Schema } }[] };
}

const folder = join(import.meta.dirname, '..', 'crds');
const versions = readdirSync(folder)
  .filter((file) => file.startsWith('kafka'))
  .map((file) => (parse(readFileSync(join(folder, file), 'utf8')) as Definition).spec)
  .flatMap(({ names: { kind }, versions }) => versions.map((version) => ({ kind, version: version.name, columns: version.additionalPrinterColumns, schema: version.schema.openAPIV3Schema })));

/** Those that the API server describes itself. */
const described = ['apiVersion', 'kind', 'metadata'];

function fieldsOf(schema: Schema, path = ''): { path: string; field: Schema }[] {
  const own = Object.entries(schema.properties ?? {}).filter(([name]) => path !== '' || !described.includes(name));
  const named = own.flatMap(([name, field]) => [{ path: `${path}.${name}`, field }, ...fieldsOf(field, `${path}.${name}`)]);
  const values = typeof schema.additionalProperties === 'object' ? fieldsOf(schema.additionalProperties, `${path}{}`) : [];
  return [...named, ...values, ...(schema.items ? fieldsOf(schema.items, `${path}[]`) : [])];
}

describe.each(versions)('$kind $version', ({ schema, columns }) => {
  const fields = fieldsOf(schema);

  test('K11: every field has a sentence', () => {
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter(({ field }) => !/^\S.*[.)]$/.test(field.description ?? '')).map(({ path }) => path)).toEqual([]);
  });

  test('K11: which says the default', () => {
    const withDefault = fields.filter(({ field }) => ['string', 'number'].includes(typeof field.default));
    expect(withDefault.filter(({ field }) => !field.description?.includes(String(field.default)) || !field.description.includes('default')).map(({ path }) => path)).toEqual([]);
  });

  test('K1: every column has a description, and a name without a space', () => {
    expect(columns.filter(({ name, description }) => !description || /\s/.test(name)).map(({ name }) => name)).toEqual([]);
  });
});

/** A line of `kubectl get`: cells padded to the wider of name and value, three blanks between. */
function width(columns: readonly Column[], cells: Readonly<Record<string, string>>): number {
  const shown = [{ name: 'Name' }, ...columns.filter(({ priority = 0 }) => priority === 0)].map(({ name }) => Math.max(name.length, cells[name]?.length ?? Number.NaN));
  return shown.reduce((sum, cell) => sum + cell, 3 * (shown.length - 1));
}

const healthy = { Ready: 'True', Reason: 'Ready', Age: '9d' };
const columnsOf = (kind: string): Column[] => versions.find((each) => each.kind === kind && each.version === 'v1')?.columns ?? [];

describe('K2: a line of kubectl get', () => {
  test('of a KafkaChannel is at most 120 characters wide where namespace and name have 30 together', () => {
    expect(width(columnsOf('KafkaChannel'), { ...healthy, Name: 'n'.repeat(22), URL: `http://${'n'.repeat(22)}-kn-channel.${'s'.repeat(8)}.svc.cluster.local` })).toBeLessThanOrEqual(120);
  });

  // Their names are those of topics and groups on Kafka, as the peer makes them.
  test.each([
    ['KafkaTopic', { Topic: 'n'.repeat(30), Partitions: '10000' }],
    ['KafkaConsumerGroup', { Lag: '1.3M', Oldest: '100d', Members: '1000' }],
  ])('of a %s is at most 120 characters wide with names of 30', (kind, cells) => {
    expect(width(columnsOf(kind), { ...healthy, Name: 'n'.repeat(30), ...cells })).toBeLessThanOrEqual(120);
  });
});
