import type { FetchBudget } from './fetch-budget.ts';
import type { AskForRoom, Room } from './http/http-client.ts';

/** Part of a pod's budget that long replies may have. */
const share = 1 / 3;

/** A subscription, as the owner of long replies. */
interface Owner {
  readonly budget: FetchBudget;
  held: number;
}

/**
 * Bytes of long replies that a pod holds, from when they are read until they are delivered. They count in its budget, and have a limit of their own in it: events that wait take nothing away from them.
 * A subscription that holds none may always have one.
 */
export class ReplyRoom {
  readonly #limit: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<Claim>();
  #held = 0;

  constructor(budgetBytes: number) {
    this.#limit = share * budgetBytes;
  }

  ofSubscription(budget: FetchBudget): AskForRoom {
    const owner: Owner = { budget, held: 0 };
    return (bytes, granted) => {
      const claim = new Claim(this, owner, bytes, granted);
      this.#waiting.add(claim);
      this.#admit();
      return claim;
    };
  }

  giveBack({ owner }: Claim, bytes: number): void {
    this.#take(owner, -bytes);
    this.#admit();
  }

  /** It does not wait any more. */
  withdraw(claim: Claim): void {
    this.#waiting.delete(claim);
    this.#admit();
  }

  #admit(): void {
    let isInTurn = true;
    for (const claim of this.#waiting) {
      isInTurn &&= this.#held + claim.bytes <= this.#limit;
      if (!isInTurn && claim.owner.held > 0) continue;
      this.#waiting.delete(claim);
      this.#take(claim.owner, claim.bytes);
      claim.grant();
    }
  }

  #take(owner: Owner, bytes: number): void {
    this.#held += bytes;
    owner.held += bytes;
    owner.budget.take(bytes);
  }
}

/** Room of one reply, or its place among those that wait for some. */
class Claim implements Room {
  readonly owner: Owner;
  readonly #room: ReplyRoom;
  readonly #granted: () => void;
  #bytes: number;
  #isGranted = false;

  constructor(room: ReplyRoom, owner: Owner, bytes: number, granted: () => void) {
    this.owner = owner;
    this.#room = room;
    this.#bytes = bytes;
    this.#granted = granted;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isGranted(): boolean {
    return this.#isGranted;
  }

  grant(): void {
    this.#isGranted = true;
    this.#granted();
  }

  shrinkTo(bytes: number): void {
    const surplus = Math.max(0, this.#bytes - bytes);
    this.#bytes -= surplus;
    this.#room.giveBack(this, surplus);
  }

  release(): void {
    if (this.#isGranted) this.shrinkTo(0);
    else this.#room.withdraw(this);
  }
}
