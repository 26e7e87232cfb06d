import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectChecks, SERVICES, type ServiceFolder } from './collectChecks.ts';
import { fidelityTable, withFidelityTable, type ChecksByService } from './fidelityTable.ts';

const PROJECT_DIR = dirname(dirname(import.meta.dirname));
const services = Object.keys(SERVICES) as ServiceFolder[];
let checks: ChecksByService;

beforeAll(async () => {
  const all = await Promise.all(services.map(async (service) => [service, await collectChecks(PROJECT_DIR, service)]));
  checks = Object.fromEntries(all) as ChecksByService;
});

describe('the table of fidelity in docs/local-cloud.md', () => {
  it('is the one that the checks give: run npm run fidelity', () => {
    const page = readFileSync(join(PROJECT_DIR, 'docs', 'local-cloud.md'), 'utf8');
    expect(withFidelityTable(page, fidelityTable(checks))).toBe(page);
  });

  it.each(services)('has checks of %s, no name twice', (service) => {
    const names = checks[service].map(({ name }) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('withFidelityTable', () => {
  it('refuses a page without the marks', () => {
    expect(() => withFidelityTable('# Page', 'table')).toThrow('The page has no part between');
  });

  it('keeps characters of names that Markdown would take for its own', () => {
    const check = { name: 'a | b <c> *d*', fidelity: 'differs', file: 'local/x/checks/y.ts' } as const;
    const none = { eventhubs: [], cosmos: [], eventgrid: [], 'functions-host': [], 'workflow-runner': [] };
    expect(fidelityTable({ ...none, cosmos: [check] })).toContain(
      '| differs | a \\| b &lt;c&gt; \\*d\\* | [y.ts](../local/x/checks/y.ts) |',
    );
  });
});
