import { readFile } from 'node:fs/promises';

import { generatedTypes } from './generated-types.ts';

const drifted: string[] = [];
for (const [file, source] of await generatedTypes()) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== source) drifted.push(file);
}
if (drifted.length > 0) {
  console.error(`drifted from crds/: ${drifted.join(', ')}: run "npm run generate" and commit the result`);
  process.exitCode = 1;
}
