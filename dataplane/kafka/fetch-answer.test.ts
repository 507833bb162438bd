import { expect, test } from '@jest/globals';
import { Reader, Writer, fetchV17 } from '@platformatic/kafka';

import { readFetchAnswer } from './fetch-answer.ts';

/** A field behind a tag: the bytes as they are. */
type Tagged = readonly [tag: number, bytes: Buffer];

function answer(tagged: readonly Tagged[]): Buffer {
  const writer = Writer.create().appendInt32(0).appendInt16(0).appendInt32(0);
  writer.appendUnsignedVarInt(2).append(Buffer.alloc(16, 1)).appendUnsignedVarInt(2);
  writer.appendInt32(3).appendInt16(0).appendInt64(9n).appendInt64(8n).appendInt64(1n).appendUnsignedVarInt(0).appendInt32(-1).appendUnsignedVarInt(1);
  writer.appendUnsignedVarInt(tagged.length);
  for (const [tag, bytes] of tagged) writer.appendUnsignedVarInt(tag).appendUnsignedVarInt(bytes.length).append(bytes);
  return writer.appendUnsignedVarInt(0).appendUnsignedVarInt(0).buffer;
}

const diverging = (endOffset: bigint): Tagged => [0, Buffer.concat([Buffer.from([0, 0, 0, 2]), Writer.create().appendInt64(endOffset).buffer, Buffer.from([0])])];
const currentLeader: Tagged = [1, Buffer.alloc(9)];

test.each<{ name: string; tagged: readonly Tagged[]; divergedAt?: number }>([
  { name: 'nothing where there is nothing', tagged: [] },
  { name: 'nothing of other fields', tagged: [currentLeader] },
  { name: 'the offset where an epoch has ended', tagged: [diverging(5n), currentLeader], divergedAt: 5 },
  { name: 'nothing where the broker does not know', tagged: [diverging(-1n)] },
])('B8: reads $name', ({ tagged, divergedAt }) => {
  const reader = Reader.from(answer(tagged));
  const { parts } = readFetchAnswer(reader, 17);
  expect(parts).toEqual([{ partition: 3, errorCode: 0, lastStableOffset: 8, logStart: 1, ...(divergedAt !== undefined && { divergedAt }), aborted: [], records: Buffer.alloc(0) }]);
  // The answer's own tagged fields are not looked at.
  expect(reader.remaining).toBe(1);
});

test('reads what the client reads', () => {
  const bytes = answer([diverging(5n), currentLeader]);
  const { responses } = fetchV17.parseResponse(1, 1, 17, Reader.from(bytes)) as unknown as { responses: { partitions: { divergingEpoch?: { endOffset: bigint } }[] }[] };
  expect(responses[0]?.partitions[0]?.divergingEpoch?.endOffset).toBe(5n);
});
