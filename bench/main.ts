import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchApi } from './api.ts';
import { benchBroker } from './broker.ts';
import { benchFreshness } from './freshness.ts';
import { benchProfiles } from './profiles.ts';
import { benchScoring } from './scoring.ts';

/**
 * `npm run bench`: the loop's speed as ratios in one run, and what each part costs. `--short` takes a fifth of the time;
 * `--json FILE` also writes the figures. A bar that is missed is printed as missed; the exit code stays 0, because other
 * load on a machine is no fault of the code.
 */
const { values } = parseArgs({ options: { short: { type: 'boolean' }, json: { type: 'string' } } });
const scale = values.short ? 0.2 : 1;

interface Figure {
  name: string;
  value: number;
  unit: string;
  /** Largest (or, with `atLeast`, smallest) value that meets the bar. */
  bar: number;
  atLeast?: boolean;
}

const figures: Figure[] = [];

const scoring = await benchScoring({ items: 10_000, neighbours: 50, history: 20, runs: 20_000 * scale });
figures.push({ name: 'ONNX scoring of 10,000 items, p99', value: scoring.runP99 / 1000, unit: 'ms', bar: 0.3 });

const broker = await benchBroker({ events: 200_000 * scale });
figures.push({ name: 'broker CPU per event, in and out', value: broker.microsecondsPerEvent, unit: 'µs', bar: 6 });

const api = await benchApi({ seconds: 30 * scale, connections: 32 });
for (const [route, { ours, bare }] of Object.entries(api)) {
  figures.push(
    {
      name: `${route}: throughput against a bare route`,
      value: ours.rps / bare.rps,
      unit: '×',
      bar: 0.5,
      atLeast: true,
    },
    { name: `${route}: p99 against a bare route`, value: ours.p99 / bare.p99, unit: '×', bar: 2 },
  );
}

const freshness = await benchFreshness({ seconds: 30 * scale, rate: 500 });
figures.push({
  name: 'click to changed recommendation at 500 events/s, p99',
  value: freshness.p99,
  unit: 'ms',
  bar: 250,
});

const profiles = await benchProfiles({ seconds: 30 * scale });
for (const [route, { fast, faithful }] of Object.entries(profiles)) {
  const value = faithful.p50 / fast.p50;
  figures.push({ name: `${route}: latency in profile faithful against fast, p50`, value, unit: '×', bar: 1.5 });
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${platform()}, Node ${process.version}`;
console.log(`\n${new Date().toISOString().slice(0, 10)}, ${machine}\n`);
for (const { name, value, unit, bar, atLeast } of figures) {
  const met = atLeast ? value >= bar : value <= bar;
  const limit = `${atLeast ? '>=' : '<='} ${bar} ${unit}`;
  console.log(
    `${name.padEnd(56)} ${`${value.toFixed(3)} ${unit}`.padStart(14)}   ${limit.padEnd(12)} ${met ? 'ok' : 'MISSED'}`,
  );
}
if (values.json)
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, figures, scoring, broker, api, freshness, profiles }, null, 2)}\n`,
  );
process.exit();
