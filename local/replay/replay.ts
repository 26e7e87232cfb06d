import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackClients } from '../clients/stackClients.ts';
import { ApiClient } from './apiClient.ts';
import { Lanes } from './lanes.ts';
import { deadLetteredTotal, difference, Ledger, type Totals } from './ledger.ts';
import { MemoryWatch } from './memory.ts';
import { fileDigest, readPosition, writePosition, type ReplayPosition } from './position.ts';
import { Progress } from './progress.ts';
import { RetailCatalogue, toEvent } from './retailEvents.ts';
import { readRetailRows, type BrokenRow } from './retailRows.ts';
import { trainAndWait } from './training.ts';

const LANES = 4;
const ITEMS_PER_REQUEST = 500;
const SAVE_MS = 500;
/** Nothing applied for this long although events are outstanding: the rest counts as lost. */
const STALLED_MS = 60_000;

/** The figures of a replay, also written by `--report FILE`. */
export interface ReplayReport {
  file: string;
  /** Events made from the file's rows, all of which the API accepted. */
  eventsIn: number;
  applied: number;
  deadLettered: Record<string, number>;
  /** Events that arrived again and had no second effect. */
  duplicates: number;
  /** eventsIn − applied − dead-lettered. */
  lost: number;
  brokenRows: BrokenRow[];
  profiles: number;
  eventsPerSecond: number;
  replaySeconds: number;
  trainSeconds: number;
  hitRateAt10: number;
  ndcgAt10: number;
  users: number;
  modelVersion: string;
  /** Memory of all processes of the stack together, at its highest (see `MemoryWatch`); null where it cannot be read. */
  peakMemoryBytes: number | null;
}

/**
 * Streams a retail CSV file through the whole loop: catalogue and events through the API, then a training run. An
 * interrupted replay (`signal` aborted, or killed) goes on from its position file in `dataDir`.
 */
export async function replay(
  clients: StackClients,
  { file, dataDir, signal }: { file: string; dataDir: string; signal: AbortSignal },
): Promise<ReplayReport> {
  const memory = new MemoryWatch();
  const ledger = new Ledger(clients);
  const api = new ApiClient(clients);
  const positionFile = join(dataDir, 'replay.json');
  const position = await startingPosition(positionFile, file, ledger);

  const { rows, broken } = await loadCatalogue(api, file, position.catalogueLoaded);
  position.catalogueLoaded = true;
  await writePosition(positionFile, position);

  const startedAt = performance.now();
  const alreadySent = position.acknowledged.reduce((sum, count) => sum + count, 0);
  await sendEvents(api, file, { position, positionFile, rows, signal });
  const totals = await waitForProcessor(ledger, position.before, rows, signal);
  const replaySeconds = (performance.now() - startedAt) / 1000;

  process.stderr.write('  Training ...\n');
  const model = await trainAndWait(clients, 'replay', signal);
  await memory.sample();
  memory.stop();
  return {
    file,
    eventsIn: rows,
    applied: totals.applied,
    deadLettered: totals.deadLettered,
    duplicates: totals.duplicates,
    lost: rows - totals.applied - deadLetteredTotal(totals),
    brokenRows: broken,
    profiles: await ledger.users(),
    eventsPerSecond: Math.round((rows - alreadySent) / replaySeconds),
    replaySeconds: round(replaySeconds, 1),
    trainSeconds: round(model.trainSeconds, 1),
    hitRateAt10: round(model.metrics.hitRateAt10, 4),
    ndcgAt10: round(model.metrics.ndcgAt10, 4),
    users: model.metrics.users,
    modelVersion: model.version,
    peakMemoryBytes: memory.peakBytes ?? null,
  };
}

async function startingPosition(path: string, file: string, ledger: Ledger): Promise<ReplayPosition> {
  const digest = await fileDigest(file);
  const saved = await readPosition(path);
  if (saved?.file === digest) return saved;
  return {
    file: digest,
    catalogueLoaded: false,
    acknowledged: new Array<number>(LANES).fill(0),
    before: await ledger.totals(),
  };
}

async function loadCatalogue(api: ApiClient, file: string, loaded: boolean) {
  const catalogue = new RetailCatalogue();
  const broken: BrokenRow[] = [];
  let rows = 0;
  for await (const row of readRetailRows(file, (bad) => broken.push(bad))) {
    catalogue.add(row);
    rows += 1;
  }
  for (const bad of broken.slice(0, 10))
    process.stderr.write(`  ${file}, line ${bad.line} is left out: ${bad.reason}\n`);
  if (broken.length > 10)
    process.stderr.write(`  ... and ${broken.length - 10} more lines; the report lists them all.\n`);
  if (loaded) return { rows, broken };
  const items = catalogue.items;
  const progress = new Progress('catalogue', items.length);
  for (let from = 0; from < items.length; from += ITEMS_PER_REQUEST) {
    await api.putItems(items.slice(from, from + ITEMS_PER_REQUEST));
    progress.update(from);
  }
  progress.finish(items.length);
  return { rows, broken };
}

interface Sending {
  position: ReplayPosition;
  positionFile: string;
  rows: number;
  signal: AbortSignal;
}

async function sendEvents(api: ApiClient, file: string, { position, positionFile, rows, signal }: Sending) {
  const lanes = new Lanes(LANES, (events) => api.sendEvents(events), position.acknowledged);
  const progress = new Progress('events   ', rows, lanes.acknowledgedTotal);
  let saving = Promise.resolve();
  const saver = setInterval(() => {
    progress.update(lanes.acknowledgedTotal);
    saving = saving.then(() => writePosition(positionFile, position));
  }, SAVE_MS);
  try {
    for await (const row of readRetailRows(file, () => undefined)) {
      if (signal.aborted) break;
      await lanes.add(toEvent(row));
    }
    if (!signal.aborted) await lanes.drain();
    else await lanes.settle();
  } finally {
    clearInterval(saver);
    await saving;
    await writePosition(positionFile, position);
  }
  progress.finish(lanes.acknowledgedTotal);
  signal.throwIfAborted();
}

async function waitForProcessor(ledger: Ledger, before: Totals, rows: number, signal: AbortSignal): Promise<Totals> {
  let last = -1;
  let movedAt = Date.now();
  let progress: Progress | undefined;
  for (;;) {
    const totals = difference(await ledger.totals(), before);
    const done = totals.applied + deadLetteredTotal(totals);
    if (done !== last) movedAt = Date.now();
    last = done;
    progress ??= new Progress('processed', rows, done);
    if (done >= rows || Date.now() - movedAt > STALLED_MS) {
      progress.finish(done);
      return totals;
    }
    progress.update(done);
    await sleep(100, undefined, { signal });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
