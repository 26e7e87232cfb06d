import { resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../pulumi/projectFiles.ts';

/** `fast`: http and keys. `faithful`: https, identities and roles as on Azure. */
export const PROFILES = ['fast', 'faithful'] as const;
export type Profile = (typeof PROFILES)[number];

export interface StartOptions {
  profile: Profile;
  port?: number;
  dataDir: string;
  replay?: string;
  report?: string;
  exit: boolean;
  /** Whether Event Hubs throttles by the declared throughput units. */
  throttling: boolean;
  help: boolean;
}

export const USAGE = `npm start -- [options]
  --port N          port of the API (default 8080, or another when that is taken)
  --data DIR        folder for everything that is kept (default .attune)
  --profile NAME    fast (http and keys, the default) or faithful (https, identities and roles as on Azure)
  --replay FILE     stream a retail CSV file (.csv or .csv.gz) through the whole loop, then train and serve
  --report FILE     write the figures of the replay as JSON
  --exit            stop after the replay
  --throttle        Event Hubs refuses what exceeds the declared throughput units, as on Azure`;

/** Reads the command line of `npm start`; relative paths start from `cwd`. Throws `UsageError` for what it cannot take. */
export function readOptions(args: string[], cwd: string): StartOptions {
  const values = parse(args);
  const profile = PROFILES.find((name) => name === (values.profile ?? 'fast'));
  if (!profile) throw new UsageError(`--profile ${values.profile} is not available; allowed: ${PROFILES.join(', ')}.`);
  if (values.report !== undefined && values.replay === undefined) {
    throw new UsageError('--report needs --replay FILE: it writes the figures of a replay.');
  }
  if (values.exit && values.replay === undefined) {
    throw new UsageError('--exit needs --replay FILE: it stops the stack after the replay.');
  }
  const replay = values.replay === undefined ? undefined : resolve(cwd, values.replay);
  if (replay !== undefined && !existsSync(replay)) {
    throw new UsageError(`--replay ${values.replay}: there is no such file (looked for ${replay}).`);
  }
  return {
    profile,
    port: values.port === undefined ? undefined : readPort(values.port),
    dataDir: resolve(cwd, values.data ?? '.attune'),
    replay,
    report: values.report === undefined ? undefined : resolve(cwd, values.report),
    exit: values.exit ?? false,
    throttling: values.throttle ?? false,
    help: values.help ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: false,
      options: {
        profile: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        replay: { type: 'string' },
        report: { type: 'string' },
        exit: { type: 'boolean' },
        throttle: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]}\n${USAGE}`);
  }
}

function readPort(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--port ${value}: a port is a whole number from 1 to 65535.`);
}
