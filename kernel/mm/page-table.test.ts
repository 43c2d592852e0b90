import { describe, expect, test } from 'vitest';
import { PageTable } from './page-table.ts';
import { random } from './testing.ts';

/** Page numbers end here. */
const END = 2 ** 35;

describe('PageTable', () => {
  test('holds entries at any page of the user half', () => {
    const table = new PageTable({ tablePages: 0 });
    const pages = [0, 1, 1023, 1024, 2 ** 20 - 1, 2 ** 20, 2 ** 31, 2 ** 32 + 5, 2 ** 34 + 2 ** 20, END - 1];
    for (const [i, page] of pages.entries()) table.set(page, (i + 1) * 256);
    for (const [i, page] of pages.entries()) {
      expect(table.get(page)).toBe((i + 1) * 256);
      expect(table.entryAt(page * 4096)).toBe((i + 1) * 256);
      expect(table.entryAt(page * 4096 + 4095)).toBe((i + 1) * 256);
    }
    // Pages whose numbers agree in their low bits are different pages.
    expect(table.get(2 ** 20 + 1023)).toBe(0);
    expect(table.get(2 ** 32)).toBe(0);
    expect(table.get(5)).toBe(0);
    const found: number[] = [];
    for (let page = table.nextPresent(0, END); page < END; page = table.nextPresent(page + 1, END))
      found.push(page);
    expect(found).toEqual(pages);
  });

  test('a search ends at the end of its range', () => {
    const table = new PageTable({ tablePages: 0 });
    table.set(2 ** 30 + 10, 256);
    expect(table.nextPresent(0, 2 ** 30)).toBe(2 ** 30);
    expect(table.nextPresent(0, 2 ** 30 + 10)).toBe(2 ** 30 + 10);
    expect(table.nextPresent(0, 2 ** 30 + 11)).toBe(2 ** 30 + 10);
    expect(table.nextPresent(2 ** 30 + 10, END)).toBe(2 ** 30 + 10);
    expect(table.nextPresent(2 ** 30 + 11, END)).toBe(END);
    expect(table.nextPresent(7, 7)).toBe(7);
  });

  test('counts its leaves, and gives up those that lie in a range', () => {
    const account = { tablePages: 0 };
    const table = new PageTable(account);
    const other = new PageTable(account);
    other.set(0, 256);
    for (let i = 0; i < 40; i++) table.set(i * 2 ** 22, 256);
    expect(account.tablePages).toBe(41);
    expect(table.size).toBe(41);
    expect(table.countLeaves(0, END)).toBe(40);
    expect(table.countLeaves(5, 2 ** 22)).toBe(1);
    expect(table.countLeaves(5, 2 ** 22 + 1)).toBe(2);
    for (let i = 3; i < 7; i++) table.set(i * 2 ** 22, 0);
    // The leaf of page 6 << 22 reaches out of the range.
    table.releaseLeaves(3 * 2 ** 22, 6 * 2 ** 22 + 1);
    expect(account.tablePages).toBe(38);
    expect(table.hasLeaf(3 * 2 ** 22)).toBe(false);
    expect(table.hasLeaf(6 * 2 ** 22)).toBe(true);
    expect(table.nextPresent(2 * 2 ** 22 + 1, END)).toBe(7 * 2 ** 22);
    table.releaseLeaves(0, END);
    expect(account.tablePages).toBe(1);
    expect(table.get(0)).toBe(0);
    expect(other.get(0)).toBe(256);
  });

  test('agrees with a plain map, whatever the order', () => {
    const next = random(1);
    const table = new PageTable({ tablePages: 0 });
    const plain = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const page = next(64) * 2 ** 29 + next(3) * 1024 + next(4) * 300;
      const entry = next(3) === 0 ? 0 : (i + 1) * 256;
      table.set(page, entry);
      if (entry === 0) plain.delete(page);
      else plain.set(page, entry);
      const from = next(64) * 2 ** 29;
      const expected = [...plain.keys()].filter(other => other >= from).sort((a, b) => a - b)[0];
      if (i % 50 === 0) expect(table.nextPresent(from, END)).toBe(expected ?? END);
    }
    for (const [page, entry] of plain) expect(table.get(page)).toBe(entry);
  });
});
