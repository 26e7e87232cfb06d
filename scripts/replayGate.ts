import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startStack, temporaryDataDir } from '../local/start/testing/startStack.ts';
import type { ReplayReport } from '../local/replay/replay.ts';

/**
 * Replays the Online Retail file through the whole loop and holds the report against its bars. The folder of data sets is
 * ATTUNE_DATA, by default `../shared/data` beside the repository; a missing file fails.
 */
const root = resolve(import.meta.dirname, '..');
const file = join(process.env.ATTUNE_DATA ?? join(root, '../shared/data'), 'online-retail/online-retail.csv.gz');
const ROWS = 541_909;

interface Bar {
  figure: keyof ReplayReport;
  allowed: string;
  holds(report: ReplayReport): boolean;
}

const BARS: Bar[] = [
  { figure: 'eventsIn', allowed: `= ${ROWS}`, holds: ({ eventsIn }) => eventsIn === ROWS },
  { figure: 'lost', allowed: '= 0', holds: ({ lost }) => lost === 0 },
  { figure: 'hitRateAt10', allowed: '>= 0.28', holds: ({ hitRateAt10 }) => hitRateAt10 >= 0.28 },
  { figure: 'ndcgAt10', allowed: '>= 0.19', holds: ({ ndcgAt10 }) => ndcgAt10 >= 0.19 },
  { figure: 'eventsPerSecond', allowed: '>= 4000', holds: ({ eventsPerSecond }) => eventsPerSecond >= 4_000 },
  {
    figure: 'peakMemoryBytes',
    allowed: '<= 3 GiB',
    holds: ({ peakMemoryBytes }) => peakMemoryBytes === null || peakMemoryBytes <= 3 * 1024 ** 3,
  },
];

process.exitCode = await main();
process.exit();

async function main(): Promise<number> {
  if (!existsSync(file)) {
    console.error(
      `${file} does not exist. Set ATTUNE_DATA to the folder that holds online-retail/online-retail.csv.gz.`,
    );
    return 1;
  }
  const { dataDir, remove } = temporaryDataDir();
  try {
    const reportFile = join(dataDir, 'report.json');
    const stack = await startStack(['--replay', file, '--report', reportFile, '--exit'], {
      dataDir,
      until: 'Stopping',
    });
    const code = await stack.ended();
    console.log(stack.output());
    if (code !== 0) return 1;
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as ReplayReport;
    const missed = BARS.filter((bar) => !bar.holds(report));
    for (const bar of BARS) {
      const verdict = missed.includes(bar) ? 'MISSED' : 'ok';
      console.log(
        `${bar.figure.padEnd(16)} ${String(report[bar.figure]).padStart(12)}  ${bar.allowed.padEnd(9)} ${verdict}`,
      );
    }
    return missed.length === 0 ? 0 : 1;
  } finally {
    remove();
  }
}
