/** One signal a process: aborted by SIGTERM or SIGINT, handed to everything that must stop. */
export function stopSignal(source: NodeJS.EventEmitter): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) source.once(name, () => controller.abort(new Error(name)));
  return controller.signal;
}

/** What nobody has caught, a rejection included, ends the process: told of in one line first, so that it is noticed and something starts anew. */
export function endOnFatalErrors(source: NodeJS.Process, tell: (error: unknown) => void): void {
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    source.on(name, (error: unknown) => {
      tell(error);
      source.exit(1);
    });
  }
}
