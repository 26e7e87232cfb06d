import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { collectChecks, SERVICES, type ServiceFolder } from './fidelity/collectChecks.ts';
import { fidelityTable, withFidelityTable, type ChecksByService } from './fidelity/fidelityTable.ts';

/** `npm run fidelity`: writes the table of checks into docs/local-cloud.md. */
const projectDir = dirname(import.meta.dirname);
const page = join(projectDir, 'docs', 'local-cloud.md');
const services = Object.keys(SERVICES) as ServiceFolder[];
const checks = await Promise.all(services.map(async (service) => [service, await collectChecks(projectDir, service)]));
const table = fidelityTable(Object.fromEntries(checks) as ChecksByService);
writeFileSync(page, withFidelityTable(readFileSync(page, 'utf8'), table));
process.stdout.write(`${page}: ${checks.map(([service, { length }]) => `${String(service)} ${length}`).join(', ')}\n`);
// Modules of checks may hold timers of the clients that they load.
process.exit();
