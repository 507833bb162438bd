import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import type { CompositeAnswer, DecoratorAnswer, KubernetesObject } from '../../hooks/metacontroller.ts';
import { projectFolder } from './cluster/folders.ts';

export interface GoldenAnswer {
  readonly file: string;
  readonly children: KubernetesObject[];
  /** Of a composite controller's parent. */
  readonly status?: object;
  readonly parentKind?: string;
}

const folder = join(projectFolder, 'test', 'golden');

/** What the hooks are recorded to answer. */
export function goldenAnswers(): GoldenAnswer[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.answer.yaml')).sort();
  return files.map((file) => {
    const read = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));
    const answer = read(file) as CompositeAnswer & DecoratorAnswer;
    const { request } = read(file.replace('.answer.', '.request.')) as { request: { parent?: KubernetesObject } };
    const children = [...(answer.children ?? []), ...(answer.attachments ?? [])] as KubernetesObject[];
    return { file, children, ...(answer.status && request.parent && { status: answer.status, parentKind: request.parent.kind }) };
  });
}
