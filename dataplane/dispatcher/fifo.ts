/** Slots that an empty queue keeps, so that filling it again takes no memory. */
const mostKept = 1024;

/** A queue whose removals cost the same however long it is. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#first;
  }

  push(item: T): void {
    this.#items[this.#end] = item;
    this.#end += 1;
  }

  shift(): T | undefined {
    if (this.#first === this.#end) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) this.#rewind();
    else if (this.#first > mostKept && this.#first * 2 > this.#end) {
      this.#items.splice(0, this.#first);
      this.#end -= this.#first;
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
    this.#end = 0;
  }

  #rewind(): void {
    if (this.#items.length > mostKept) this.#items = [];
    this.#first = 0;
    this.#end = 0;
  }
}
