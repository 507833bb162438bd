import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const file = join(import.meta.dirname, '..', '..', 'metacontroller', 'hooks.yaml');

interface HooksDeployment {
  kind: string;
  spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } };
}

/** A variable of the hooks as they are installed. */
export function installedVariable(name: string): string {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as HooksDeployment);
  const variables = objects.filter(({ kind }) => kind === 'Deployment').flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ env = [] }) => env));
  const value = variables.find((variable) => variable.name === name)?.value;
  if (value === undefined) throw new Error(`metacontroller/hooks.yaml: variable ${name} is not set`);
  return value;
}
