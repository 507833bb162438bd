import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { generatedTypes } from './generated-types.ts';

for (const [file, source] of await generatedTypes()) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
  console.log(`wrote ${file}`);
}
