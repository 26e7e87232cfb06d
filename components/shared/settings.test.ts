import { output } from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { CONNECTIONS } from '../../runtime/contracts/settings.ts';
import { valueOf } from '../testing/mocks.ts';
import { identityConnection, settingList, telemetrySettings } from './settings.ts';

describe('identityConnection', () => {
  it('names the service and the identity, as Azure Functions and the runtime read it', () => {
    expect(identityConnection(CONNECTIONS.eventHubs, 'ns.servicebus.windows.net', 'c1')).toEqual({
      EventHubs__fullyQualifiedNamespace: 'ns.servicebus.windows.net',
      EventHubs__credential: 'managedidentity',
      EventHubs__clientId: 'c1',
    });
  });
});

describe('telemetrySettings', () => {
  it('signs in with the identity', async () => {
    expect(await valueOf(output(telemetrySettings('InstrumentationKey=k', 'c1')))).toEqual({
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=k',
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=c1;Authorization=AAD',
    });
  });
});

describe('settingList', () => {
  it('orders by name, so that the order in the program makes no difference', () => {
    const list = [
      { name: 'A', value: '2' },
      { name: 'B', value: '1' },
    ];
    expect(settingList({ B: '1', A: '2' })).toEqual(list);
    expect(settingList({ A: '2', B: '1' })).toEqual(list);
  });
});
