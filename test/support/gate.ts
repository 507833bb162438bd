import type { Entrance, Pass } from '../../dataplane/dispatcher/gate.ts';

/** Waits until the gate lets in; rejects with the signal's reason when that is aborted first. */
export function passOf(gate: Entrance, signal: AbortSignal): Promise<Pass> {
  return new Promise((resolve, reject) => gate.enterInTurn(signal, (pass) => (pass ? resolve(pass) : reject(signal.reason as Error))));
}
