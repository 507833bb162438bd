import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const pagesIn = (folder: string): string[] => readdirSync(join(root, folder)).filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
const pages = ['.', 'docs', 'docs/adr'].flatMap(pagesIn);

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading = '']) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));
}

function isThere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const linked = file === '' ? page : relative(root, join(root, dirname(page), file));
  return existsSync(join(root, linked)) && (anchor === undefined || anchorsOf(linked).includes(anchor));
}

describe('D8: links of the documentation', () => {
  test.each(pages)('of %s lead somewhere', (page) => {
    const targets = Array.from(readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, target = '']) => target);
    expect(targets.filter((target) => !isThere(page, target))).toEqual([]);
  });

  test('SECURITY.md names where to report, what is supported, and the pages on tenants, tokens and the egress guard', () => {
    const page = readFileSync(join(root, 'SECURITY.md'), 'utf8');
    expect(page).not.toMatch(/\S@\S/);
    for (const target of ['docs/kafka-secret.md', 'docs/operations.md#the-hooks-token', 'docs/operations.md#rights', 'docs/delivery.md#where-events-may-go']) expect(page).toContain(`](${target})`);
    expect(page).toMatch(/^## Reporting$[^]*^## What is supported$[^]*^## Boundaries$/m);
  });
});
