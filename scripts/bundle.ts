import { bundleProcess } from './bundled-process.ts';

await Promise.all([bundleProcess('receiver'), bundleProcess('dispatcher')]);
