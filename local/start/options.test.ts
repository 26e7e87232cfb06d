import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

const here = import.meta.dirname;

describe('readOptions', () => {
  it('has defaults and resolves paths', () => {
    expect(readOptions([], '/somewhere')).toEqual({
      profile: 'fast',
      port: undefined,
      dataDir: '/somewhere/.attune',
      replay: undefined,
      report: undefined,
      exit: false,
      throttling: false,
      help: false,
    });
    expect(readOptions(['--throttle'], here).throttling).toBe(true);
    const options = readOptions(['--replay', 'options.ts', '--report', 'out.json', '--exit', '--port', '8081'], here);
    expect(options).toMatchObject({
      replay: `${here}/options.ts`,
      report: `${here}/out.json`,
      exit: true,
      port: 8081,
    });
  });

  it.each([
    [['--port', 'many'], '--port many: a port is a whole number from 1 to 65535.'],
    [['--port', '70000'], '--port 70000: a port is a whole number from 1 to 65535.'],
    [['--profile', 'slow'], '--profile slow is not available; allowed: fast, faithful.'],
    [['--replay', 'nothing.csv'], `--replay nothing.csv: there is no such file (looked for ${here}/nothing.csv).`],
    [['--exit'], '--exit needs --replay FILE'],
    [['--report', 'x'], '--report needs --replay FILE'],
    [['--prot', '1'], "Unknown option '--prot'"],
    [['file.csv'], "Unexpected argument 'file.csv'"],
  ])('refuses %j with a line that says what is allowed', (args, message) => {
    expect(() => readOptions(args, here)).toThrow(message);
  });
});
