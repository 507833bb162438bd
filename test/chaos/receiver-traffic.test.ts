import { expect, test } from '@jest/globals';

import { wrongInTopic } from '../support/receiver-traffic.ts';

const good = ['0-0', '1-0', '0-1', '0-2', '1-1', '0-3'];
const traffic = {
  acknowledged: new Map([[0, ['0-0', '0-1', '0-3']], [1, ['1-0', '1-1']]]),
  refused: new Set(['0-4']),
  sent: new Set([...good, '0-4']),
};

function verdictOn(ids: readonly string[]): string[] {
  return wrongInTopic(traffic, ids.map((id) => ({ partition: 0, headers: { ce_id: id } })));
}

test('a good history has nothing wrong, an unknown one that is stored included, and keyless ones in any order', () => {
  expect(verdictOn(good)).toEqual([]);
  expect(verdictOn(good.filter((id) => id !== '0-2'))).toEqual([]);
  expect(verdictOn(['1-1', '1-0', '0-0', '0-1', '0-3'])).toEqual([]);
});

test.each([
  { name: 'one dropped', ids: good.slice(1), want: /K1.*0-0/ },
  { name: 'the last one dropped', ids: good.slice(0, -1), want: /K1.*0-3/ },
  { name: 'all dropped', ids: [], want: /K1/ },
  { name: 'one dropped, another there', ids: [...good.slice(1), '0-4'], want: /K1.*0-0/ },
  { name: 'one doubled', ids: [...good, '0-2'], want: /K3.*0-2/ },
  { name: 'a phantom', ids: [...good, '9-9'], want: /K2.*never sent/ },
  { name: 'one that was refused', ids: [...good, '0-4'], want: /K2.*refused/ },
  { name: 'two of one key swapped', ids: ['0-1', '0-0', '1-0', '1-1', '0-3'], want: /K5/ },
])('the checker notices $name', ({ ids, want }) => expect(verdictOn(ids).join('\n')).toMatch(want));
