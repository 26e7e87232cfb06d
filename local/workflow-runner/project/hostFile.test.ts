import { describe, expect, it } from 'vitest';
import { readHostOptions } from './hostFile.ts';

const DAY = 86_400_000;
const SETTING = 'Workflows.RuntimeConfiguration.RetentionInDays';
const host = (settings: object) => ({ version: '2.0', extensions: { workflow: { settings } } }) as never;

describe('how long the history is kept', () => {
  it.each<[string, object, Record<string, string>, number]>([
    ['by default', {}, {}, 90],
    ['by host.json', { 'Runtime.FlowRetentionThreshold': '7.00:00:00' }, {}, 7],
    [
      'by an app setting, which has precedence',
      { 'Runtime.FlowRetentionThreshold': '7.00:00:00' },
      { [SETTING]: '30' },
      30,
    ],
    [
      'by an app setting in place of host.json',
      {},
      { 'AzureFunctionsJobHost__extensions__workflow__settings__Runtime.FlowRetentionThreshold': '2.00:00:00' },
      2,
    ],
  ])('is set %s', (_where, settings, environment, days) => {
    expect(readHostOptions(host(settings), environment).retentionMs).toBe(days * DAY);
  });

  it.each([
    [{}, { [SETTING]: 'long' }, /RetentionInDays must be a whole number of days, not "long"/],
    [{}, { [SETTING]: '0' }, /RetentionInDays must be a whole number of days/],
    [{ 'Runtime.FlowRetentionThreshold': 'long' }, {}, /^host.json: .*Runtime.FlowRetentionThreshold/],
  ])('refuses %j %j', (settings, environment, message) => {
    expect(() => readHostOptions(host(settings), environment)).toThrow(message);
  });
});
