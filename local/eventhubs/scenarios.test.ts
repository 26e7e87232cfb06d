import { SCENARIO_CHECKS } from './checks/index.ts';
import { runChecks } from './checks/runChecks.ts';

runChecks(SCENARIO_CHECKS, 90_000);
