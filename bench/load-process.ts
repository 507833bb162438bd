import type { Load } from './load.ts';
import { sendLoad } from './load.ts';

/** The sender as a process of its own: `node load-process.ts LOAD_AS_JSON` prints the result as JSON. */
const load = JSON.parse(process.argv[2] ?? '{}') as Load;
console.log(JSON.stringify(await sendLoad(load)));
