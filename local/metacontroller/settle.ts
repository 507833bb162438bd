import type { Controller } from './controllers.ts';
import type { HookCall } from './reconcile.ts';
import { prepare, visit } from './reconcile.ts';
import { parentsOf } from './request.ts';
import { idOf, keyOf } from './resources.ts';
import type { ObjectStore } from './store.ts';

/** More rounds than any chain of controllers needs. */
const mostRounds = 50;

/** Asks all hooks until none has anything new to be told. Throws what a hook throws, and when there is no end to it. */
export async function settle(controllers: readonly Controller[], store: ObjectStore, call: HookCall): Promise<void> {
  const done = new Map<string, string>();
  for (let round = 0; round < mostRounds; round += 1) {
    let news = false;
    for (const controller of controllers) news = (await askAbout(controller, store, call, done)) || news;
    if (!news) return;
  }
  throw new Error(`the hooks do not come to rest: after ${mostRounds} rounds they still answer something new`);
}

/** Whether the hook was asked about any parent: those about whom nothing is new are left alone. */
async function askAbout(controller: Controller, store: ObjectStore, call: HookCall, done: Map<string, string>): Promise<boolean> {
  let asked = false;
  for (const parent of parentsOf(controller, store)) {
    const found = await prepare(controller, parent, store, call);
    const key = `${controller.name} ${keyOf(idOf(parent))}`;
    if (!found || done.get(key) === found.fingerprint) continue;
    await visit(controller, found, store, call);
    done.set(key, found.fingerprint);
    asked = true;
  }
  return asked;
}
