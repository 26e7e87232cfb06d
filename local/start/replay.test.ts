import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { ReplayReport } from '../replay/replay.ts';
import { makeShop } from '../shop/shop.ts';
import { startStack, temporaryDataDir } from './testing/startStack.ts';

const folder = temporaryDataDir();
afterAll(folder.remove);

/** A retail file in the layout of the real one, made of the seeded shop many times over, with the quirks it must survive. */
function writeRetailFile(file: string): number {
  const lines = ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'];
  for (let copy = 0; copy < 8; copy += 1) {
    const { events } = makeShop({ seed: copy, now: Date.parse('2011-12-01T00:00:00Z') });
    for (const { data, time } of events) {
      const user = Number(data.userId?.slice(5)) + copy * 1_000;
      const customer = user % 5 === 0 ? '' : String(user);
      lines.push(
        `${500_000 + user},${data.itemId},"Item, ${data.itemId}",1,${time?.slice(0, 19)},2.5,${customer},United Kingdom`,
      );
    }
  }
  const rows = lines.length - 1;
  lines.splice(
    100,
    0,
    'C500001,coffee-1,Returned,-1,2011-11-02T00:00:00,2.5,1,France',
    'broken line',
    '1,x,y,many,now,1,,',
  );
  writeFileSync(file, lines.join('\n'));
  return rows + 1;
}

async function runReplay(name: string, file: string, interruptAfterMs?: number): Promise<ReplayReport | undefined> {
  const dataDir = join(folder.dataDir, name);
  const report = join(folder.dataDir, `${name}.json`);
  const args = ['--replay', file, '--report', report, '--exit'];
  const stack = await startStack(args, {
    dataDir,
    until: interruptAfterMs === undefined ? 'Stopping' : 'Attune is running',
  });
  if (interruptAfterMs !== undefined) {
    await sleep(interruptAfterMs);
    expect(await stack.interrupt()).toBe(0);
    return undefined;
  }
  expect(await stack.ended()).toBe(0);
  return JSON.parse(readFileSync(report, 'utf8')) as ReplayReport;
}

describe('npm start -- --replay', () => {
  it('loses nothing, and an interrupted replay ends with the figures of an undisturbed one', async () => {
    const file = join(folder.dataDir, 'retail.csv');
    const events = writeRetailFile(file);

    const undisturbed = await runReplay('undisturbed', file);
    expect(undisturbed).toMatchObject({ eventsIn: events, applied: events, deadLettered: {}, lost: 0, duplicates: 0 });
    expect(undisturbed?.brokenRows.map(({ line }) => line)).toEqual([102, 103]);
    expect(undisturbed?.profiles).toBe(8 * 240 * 0.8);
    expect(undisturbed?.hitRateAt10).toBeGreaterThan(0.5);

    await runReplay('interrupted', file, 700);
    const resumed = await runReplay('interrupted', file);
    const figures = ({ applied, lost, profiles, users, hitRateAt10, ndcgAt10 }: ReplayReport) => {
      return { applied, lost, profiles, users, hitRateAt10, ndcgAt10 };
    };
    expect(figures(resumed as ReplayReport)).toEqual(figures(undisturbed as ReplayReport));
  }, 240_000);
});
