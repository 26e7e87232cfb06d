import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { abuseProtectionChecks } from './checks/abuseProtection.ts';
import { batchingChecks } from './checks/batching.ts';
import { Stage } from './checks/check.ts';
import { credentialChecks } from './checks/credentials.ts';
import { deadLetterDelayChecks } from './checks/deadLetterDelay.ts';
import { deadLetterChecks } from './checks/deadLetters.ts';
import { delayedDeliveryChecks } from './checks/delayedDelivery.ts';
import { durabilityChecks } from './checks/durability.ts';
import { hostilityChecks } from './checks/hostility.ts';
import { duplicateChecks } from './checks/duplicates.ts';
import { deliveryChecks } from './checks/delivery.ts';
import { deliveryAttributeChecks } from './checks/deliveryAttributes.ts';
import { eventHubChecks } from './checks/eventHubs.ts';
import { expirationChecks } from './checks/expiration.ts';
import { filterChecks } from './checks/filters.ts';
import { operatorChecks } from './checks/operators.ts';
import { publishErrorChecks } from './checks/publishErrors.ts';
import { publishingChecks } from './checks/publishing.ts';
import { refusedChecks } from './checks/refused.ts';
import { retryChecks } from './checks/retries.ts';
import { statusCodeChecks } from './checks/statusCodes.ts';
import { validationChecks } from './checks/validation.ts';

/** What publishers and subscribers need of the service, by area and name. */
const TABLE = {
  publishing: publishingChecks,
  'what a publisher is refused': publishErrorChecks,
  'keys and tokens': credentialChecks,
  filters: filterChecks,
  'operators of advanced filters': operatorChecks,
  'validation of webhooks': validationChecks,
  'abuse protection of CloudEvents': abuseProtectionChecks,
  delivery: deliveryChecks,
  'output batching': batchingChecks,
  'delivery attributes': deliveryAttributeChecks,
  'delivery to Event Hubs': eventHubChecks,
  retries: retryChecks,
  'answers of endpoints': statusCodeChecks,
  'delayed delivery': delayedDeliveryChecks,
  'dead letters': deadLetterChecks,
  'when dead letters are written': deadLetterDelayChecks,
  duplicates: duplicateChecks,
  'expiration of subscriptions': expirationChecks,
  durability: durabilityChecks,
  'clients and endpoints that misbehave': hostilityChecks,
  'definitions that are refused': refusedChecks,
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

test('every check has a name of its own', () => {
  const names = Object.values(TABLE).flatMap((checks) => checks.map(({ name }) => name));
  expect(names).toHaveLength(new Set(names).size);
});

describe.each(Object.entries(TABLE))('%s', (_area, checks) => {
  // Not `test.each`, which cuts long names.
  for (const { name, run } of checks) test(name, () => run(stage));
});
