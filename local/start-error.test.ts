import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

import { StartError } from './start-error.ts';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

interface Construction {
  at: string;
  parts: number;
  remedy: string;
}

/** Every place where a StartError, or one of its kind, is made. */
function constructions(): Construction[] {
  return files.flatMap((name) => {
    const source = ts.createSourceFile(name, readFileSync(join(import.meta.dirname, name), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: Construction[] = [];
    const walk = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && /^(StartError|TimedOutError|ErrorOfKind)$/.test(node.expression.getText())) {
        const args = node.arguments ?? ts.factory.createNodeArray();
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.push({ at: `${name}:${line}`, parts: args.length, remedy: args[2]?.getText() ?? '' });
      }
      ts.forEachChild(node, walk);
    };
    walk(source);
    return found;
  });
}

describe('StartError', () => {
  test('is one line of what, why and what to do', () => {
    expect(new StartError('a', 'b\n  c', 'd').message).toBe('a: b c: d');
  });

  test('every one that is made has all three parts (L12)', () => {
    const all = constructions();
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(({ parts, remedy }) => parts < 3 || /^['"`]{2}$/.test(remedy) || remedy === 'undefined')).toEqual([]);
  });
});
