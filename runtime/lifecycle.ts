/** One signal a process: aborted by SIGTERM or SIGINT, handed to everything that must stop. */
export function stopSignal(source: NodeJS.EventEmitter): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) source.once(name, () => controller.abort(new Error(name)));
  return controller.signal;
}
