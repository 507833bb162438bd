import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const project = join(import.meta.dirname, '..', '..');

interface Webhook {
  service?: unknown;
  path?: string;
  url?: string;
}

interface Controller {
  spec: { hooks: Record<string, { webhook: Webhook }> };
}

/** The shipped controllers, their hooks at an address of this machine in place of a Service. */
export async function controllersAt(url: string): Promise<object[]> {
  const text = await readFile(join(project, 'metacontroller', 'controllers.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => {
    const controller = document.toJS() as Controller;
    for (const { webhook } of Object.values(controller.spec.hooks)) {
      webhook.url = `${url}${webhook.path ?? ''}`;
      delete webhook.service;
      delete webhook.path;
    }
    return controller;
  });
}

/** The arguments that metacontroller/install gives to Metacontroller. */
export async function metacontrollerArguments(): Promise<string[]> {
  const patches = parse(await readFile(join(project, 'metacontroller', 'install', 'arguments.yaml'), 'utf8')) as { value: string[] }[];
  return patches.flatMap(({ value }) => value);
}
