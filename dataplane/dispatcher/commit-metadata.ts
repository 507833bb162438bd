import { longestWaitMs } from './clock.ts';
import { readBytes, writeBytes } from './number-bytes.ts';
import type { Tried } from './tries.ts';

/** What a commit cannot say by its offset alone. */
export interface Progress {
  /** The offset that is committed. */
  readonly base: number;
  /** From `base` to here everything is finished but what is in `open`; equal to `base` where nothing beyond it is. */
  readonly end: number;
  /** Of the leader that has written what lies just before `end`, where that is beyond `base` and known. */
  readonly epoch?: number | undefined;
  /** Ascending. */
  readonly open: readonly number[];
  /** Unfinished offsets that have been tried; some may be at `end` or beyond. */
  readonly tried: ReadonlyMap<number, Tried>;
}

export interface EncodedProgress {
  readonly metadata: string;
  /** Characters that all of it takes; more than the limit: finished offsets are left out. */
  readonly wanted: number;
  /** Tried offsets that are left out. */
  readonly forgotten: number;
}

/** Whoever reads it must know the tag: tools and other clients write what they like, or nothing. */
const tag = 'v2:';
/** The topic that an offset is of, and the offset: an owner that has not noticed yet that there is another topic of the same name may commit in it. */
const topicPrefix = /^t1:([0-9a-f]{8})\.([0-9a-z]+) /;
/** Ids of topics are random but for their version; brokers that have none tell of zeros, or nothing like an id. */
const topicId = /^(?!0{8})([0-9a-f]{8})-[0-9a-f]{4}-/;
/** Due times are kept in tenths of a second. */
const tickMs = 100;
/** Longest wait that is believed and told of: clocks differ. */
const mostTicks = Math.floor(longestWaitMs / tickMs);
/** A status has three digits. */
const mostHow = 3 * 1000;
const destinations = [undefined, 'subscriber', 'reply'] as const;

/** What a commit says of the topic that it is of, given the id of that; undefined where nothing can be said. */
export function topicMark(id: string | undefined): string | undefined {
  return topicId.exec(id ?? '')?.[1];
}

/** The mark of the topic that an offset was committed for; undefined where that is not known. */
export function markedTopic(metadata: string, offset: number): string | undefined {
  const [, mark, base = ''] = topicPrefix.exec(metadata) ?? [];
  return parseInt(base, 36) === offset ? mark : undefined;
}

/**
 * At most `limit` characters, ASCII, the topic's mark first. Where that is not enough, the finished offsets are given up first, then what was tried at the highest offsets:
 * an event that comes twice is better than one that is tried without end.
 */
export function encodeProgress(progress: Progress, limit: number, topic?: string): EncodedProgress {
  const prefix = topic === undefined ? '' : `t1:${topic}.${progress.base.toString(36)} `;
  if (prefix.length > limit) return encodeRest(progress, limit);
  const { metadata, wanted, forgotten } = encodeRest(progress, limit - prefix.length);
  return { metadata: prefix + metadata, wanted: prefix.length + wanted, forgotten };
}

function encodeRest(progress: Progress, limit: number): EncodedProgress {
  const { base, end, tried } = progress;
  if (end <= base && tried.size === 0) return { metadata: '', wanted: 0, forgotten: 0 };
  const whole = encode(progress);
  const wanted = whole.length;
  if (wanted <= limit) return { metadata: whole, wanted, forgotten: 0 };
  const offsets = [...tried.keys()].sort((a, b) => a - b);
  for (let count = offsets.length; count > 0; count = Math.floor(count * 0.9)) {
    const kept = new Map(offsets.slice(0, count).map((offset) => [offset, tried.get(offset)] as const).filter((entry): entry is [number, Tried] => entry[1] !== undefined));
    const part = encode({ base, end: base, open: [], tried: kept });
    if (part.length <= limit) return { metadata: part, wanted, forgotten: offsets.length - count };
  }
  return { metadata: '', wanted, forgotten: offsets.length };
}

/** Nothing when it is not ours, is damaged, or belongs to another offset: somebody has moved the offset since. Never throws. */
export function decodeProgress(whole: string, base: number): Progress | undefined {
  const metadata = whole.replace(topicPrefix, '');
  if (!metadata.startsWith(tag) || !/^[\w-]*$/.test(metadata.slice(tag.length))) return undefined;
  const numbers = readBytes(Buffer.from(metadata.slice(tag.length), 'base64url'));
  return numbers && numbers[0] === base ? decode(numbers, base) : undefined;
}

/** Numbers before those of offsets. */
const headNumbers = 4;

/** base, end - base, epoch + 1 or 0, first due time, then for each offset: distance and whether it was tried, and if so status and where it was given up, attempts and whether they were only cut off (subscriber, then reply), due time. */
function encode({ base, end, epoch = -1, open, tried }: Progress): string {
  const offsets = [...new Set([...open, ...tried.keys()])].filter((offset) => offset >= base && (offset < end || tried.has(offset))).sort((a, b) => a - b);
  const dueTicks = [...tried.values()].filter(({ dueAt }) => dueAt > 0).map(({ dueAt }) => Math.ceil(dueAt / tickMs));
  const firstTick = dueTicks.length > 0 ? Math.min(...dueTicks) - 1 : 0;
  const numbers = [base, end - base, epoch + 1, firstTick];
  let last = base - 1;
  for (const offset of offsets) {
    const one = tried.get(offset);
    numbers.push((offset - last - 1) * 2 + (one ? 1 : 0));
    if (one) numbers.push(one.status * 3 + destinations.indexOf(one.givenUpAt), 2 * one.subscriber + Number(one.subscriberOnlyCut ?? false), 2 * one.reply + Number(one.replyOnlyCut ?? false), one.dueAt === 0 ? 0 : Math.min(Math.ceil(one.dueAt / tickMs) - firstTick, mostTicks));
    last = offset;
  }
  return tag + writeBytes(numbers).toString('base64url');
}

function decode(numbers: readonly number[], base: number): Progress | undefined {
  if (numbers.length < headNumbers) return undefined;
  const [, length = 0, epochAfter = 0, firstTick = 0] = numbers;
  const end = base + length;
  const open: number[] = [];
  const tried = new Map<number, Tried>();
  let offset = base - 1;
  for (let at = headNumbers; at < numbers.length; at += 1) {
    const step = numbers[at] ?? 0;
    offset += Math.floor(step / 2) + 1;
    if (!Number.isSafeInteger(offset)) return undefined;
    if (offset < end) open.push(offset);
    if (step % 2 === 0) continue;
    const one = decodeTried(numbers.slice(at + 1, at + 5), firstTick);
    if (!one) return undefined;
    tried.set(offset, one);
    at += 4;
  }
  return { base, end, ...(epochAfter > 0 && { epoch: epochAfter - 1 }), open, tried };
}

function decodeTried([how = mostHow, subscriber = 0, reply = 0, ticks = mostTicks + 1]: readonly number[], firstTick: number): Tried | undefined {
  if (how >= mostHow || ticks > mostTicks) return undefined;
  const givenUpAt = destinations[how % 3];
  return {
    subscriber: Math.floor(subscriber / 2),
    reply: Math.floor(reply / 2),
    ...(subscriber % 2 === 1 && { subscriberOnlyCut: true }),
    ...(reply % 2 === 1 && { replyOnlyCut: true }),
    ...(givenUpAt && { givenUpAt }),
    status: Math.floor(how / 3),
    dueAt: ticks === 0 ? 0 : (firstTick + ticks) * tickMs,
  };
}
