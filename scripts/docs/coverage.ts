/** A place that shows that a command is run: a file, and code in it without which it would not be. */
export interface Evidence {
  file: string;
  /** Each stands in a line of the file that is no comment; in `.ci/run` it is a whole line. */
  has: string[];
}

/** How a documented command is known to work. */
export type Coverage =
  /** `docs.test.ts` runs it and waits for its end, which has to come in seconds, with code 0 and this text printed. */
  | { prints: string }
  /** The same for a command that goes on until Ctrl-C, which comes once it has printed this. */
  | { printsAtLast: string }
  /** Something else runs it: the first evidence is a step of `.ci/run` or a test file, the others lead from there to it. */
  | { runBy: Evidence[] }
  /** It needs an Azure subscription. It reads these files; what can be checked without Azure, `runBy` checks. */
  | { readsOnAzure: string[]; runBy: Evidence[] };

const ci = (step: string): Evidence => ({ file: '.ci/run', has: [step] });

/** What `npm start` is, when a test calls `startStack` with arguments. */
const START: Evidence[] = [
  { file: 'local/start/testing/startStack.ts', has: ["join(import.meta.dirname, '..', 'main.ts')"] },
  { file: 'package.json', has: ['"start": "node scripts/run.mjs local/start/main.ts"'] },
];

const LOOP: Evidence = { file: 'local/start/loop.test.ts', has: ["describeLoop('fast')"] };

/** Every command that the documentation names. */
export const COVERAGE: Record<string, Coverage> = {
  'npm start': { runBy: [LOOP, { file: 'local/start/testing/describeLoop.ts', has: ['startStack(args'] }, ...START] },
  'npm start -- --profile faithful': {
    runBy: [{ file: 'local/start/faithfulLoop.test.ts', has: ["describeLoop('faithful')"] }, ...START],
  },
  'npm run -s token': { runBy: [{ file: 'local/clients/token.test.ts', has: ["'token.ts'"] }] },
  'ATTUNE_EVENT_GRID_DUPLICATES=0.2:7 npm start': {
    runBy: [{ file: 'local/eventgrid/main.test.ts', has: ['ATTUNE_EVENT_GRID_DUPLICATES'] }, ...START],
  },
  'npm run fidelity': {
    runBy: [{ file: 'scripts/fidelity/fidelity.test.ts', has: ['withFidelityTable(page, fidelityTable(checks))'] }],
  },
  'npm start -- --help': { prints: '--replay FILE' },
  'npm start -- --replay': {
    runBy: [{ file: 'local/start/replay.test.ts', has: ["['--replay', file,"] }, ...START],
  },
  'npm start -- --replay ../shared/data/online-retail/online-retail.csv.gz --report report.json --exit': {
    runBy: [
      ci('npm run gate:replay'),
      { file: 'package.json', has: ['"gate:replay": "node scripts/run.mjs scripts/replayGate.ts"'] },
      {
        file: 'scripts/replayGate.ts',
        has: [
          "startStack(['--replay', file, '--report', reportFile, '--exit']",
          "'online-retail/online-retail.csv.gz'",
        ],
      },
      ...START,
    ],
  },
  'curl http://127.0.0.1:8080/v1/users/user-1/recommendations': {
    runBy: [
      LOOP,
      {
        file: 'local/start/testing/describeLoop.ts',
        has: ['/v1/users/${userId}/recommendations', "recommendations('user-1')"],
      },
    ],
  },
  'npm test': { runBy: [ci('npm test')] },
  'npm test -- lanes': { prints: ' passed, 0 failed' },
  'npm test -- local/shop': { prints: ' passed, 0 failed' },
  'npm test -- --watch local/shop': { printsAtLast: 'Waiting for file changes' },
  'npm run check': { runBy: [ci('npm run check')] },
  'npm run format': { runBy: [{ file: 'scripts/format.test.ts', has: ["'npm run format'"] }] },
  'npm run bench': {
    runBy: [ci('npm run bench -- --short'), { file: 'bench/main.ts', has: ['const scale = values.short ? 0.2 : 1;'] }],
  },
  'npm run bench -- --short': { runBy: [ci('npm run bench -- --short')] },
  'npm run gate:replay': { runBy: [ci('npm run gate:replay')] },
  'npm run build': { runBy: [{ file: 'scripts/build/packages.test.ts', has: ["'npm run build"] }] },
  '.ci/run': { runBy: [ci('npm test')] },
  'pulumi up --stack dev': {
    readsOnAzure: ['Pulumi.yaml', 'Pulumi.dev.yaml', 'infra/index.ts'],
    runBy: [{ file: 'infra/program.test.ts', has: ["evaluateStack('dev')"] }],
  },
  'node local/functions-host/main.ts': {
    runBy: [
      { file: 'local/functions-host/streaming.test.ts', has: ['await startHostProcess({'] },
      { file: 'local/functions-host/testing/hostProcess.ts', has: ["new URL('../main.ts', import.meta.url)"] },
    ],
  },
};

/** What to do about a command that `COVERAGE` does not have. */
export function howToCover(command: string): string {
  return (
    `no test runs \`${command}\`. Add it to COVERAGE in scripts/docs/coverage.ts: { prints: TEXT } if it ends within ` +
    'seconds and changes nothing in the tree; else { runBy: [{ file, has }] } with the test file or the line of .ci/run ' +
    'that runs it for real (write that test first); { readsOnAzure, runBy } only if it needs a subscription.'
  );
}
