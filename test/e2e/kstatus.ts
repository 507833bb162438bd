import { join } from 'node:path';

import { kstatusBinary } from './cluster/binaries.ts';
import { output } from './cluster/command.ts';

/** What kstatus says of objects: InProgress, Failed, Current, Terminating, …, in their order. */
export async function kstatusOf(objects: readonly object[]): Promise<string[]> {
  const folder = await kstatusBinary(console.error);
  return (await output(join(folder, 'kstatus'), [], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) })).trim().split('\n');
}
