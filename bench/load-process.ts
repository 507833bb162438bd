import type { Load } from './load.ts';
import { sendLoad, warmUp } from './load.ts';

/** The sender as a process of its own: `node load-process.ts LOAD_AS_JSON` prints the result as JSON. */
const load = JSON.parse(process.argv[2] ?? '{}') as Load;
if (load.rate !== undefined) await warmUp(load);
console.log(JSON.stringify(await sendLoad(load)));
