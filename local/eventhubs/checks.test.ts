import { PROTOCOL_CHECKS } from './checks/index.ts';
import { runChecks } from './checks/runChecks.ts';

runChecks(PROTOCOL_CHECKS, 30_000);
