import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';
import { OperatorCredential } from './operatorCredential.ts';

/** `npm run -s token`: prints a token of the operator for the API of a running stack in profile `faithful`. */
const { values } = parseArgs({ options: { data: { type: 'string', default: '.attune' } } });
const dataDir = resolve(process.env.INIT_CWD ?? process.cwd(), values.data);
try {
  process.stdout.write(`${await token(join(dataDir, 'endpoints.json'))}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function token(file: string): Promise<string> {
  const { api, identity } = readEndpoints(file);
  if (!identity || !api.audience) {
    throw new Error(
      `The stack of ${file} runs in profile fast, whose API takes callers of this machine without a token.`,
    );
  }
  try {
    return (await new OperatorCredential(identity).getToken(api.audience)).token;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`No stack runs on ${dataDir}: start it with npm start -- --profile faithful.`, { cause: error });
  }
}

function readEndpoints(file: string): LocalEndpoints {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LocalEndpoints;
  } catch (error) {
    throw new Error(`${file} cannot be read: start a stack, or name its folder with --data DIR.`, { cause: error });
  }
}
