import { runtime } from '@pulumi/pulumi';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../components/shared/validate.ts';
import { makePackages } from '../components/testing/fixtures.ts';
import { readConfig } from './config.ts';

const packages = makePackages();
afterAll(() => packages.remove());

const VALID = {
  tenant: 'acme',
  environment: 'dev',
  tier: 'dev',
  location: 'westeurope',
  owner: 'platform-team',
  costCenter: '4711',
  functionsPackage: packages.functions,
  apiPackage: packages.api,
  workflowsPackage: packages.workflows,
};

function read(values: Record<string, string | undefined>) {
  const set = Object.entries({ ...VALID, ...values }).filter(([, value]) => value !== undefined);
  runtime.setAllConfig(Object.fromEntries(set.map(([key, value]) => [`attune:${key}`, value as string])));
  return readConfig();
}

function messageOf(values: Record<string, string | undefined>): string {
  try {
    read(values);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(values)} is taken`);
}

describe('readConfig', () => {
  it('fills in what is not set', () => {
    expect(read({})).toEqual({
      tenant: 'acme',
      environment: 'dev',
      tier: 'dev',
      location: 'westeurope',
      secondaryLocation: undefined,
      owner: 'platform-team',
      costCenter: '4711',
      publicNetworkAccess: false,
      contentShare: true,
      tokenIssuer: undefined,
      tokenAudience: undefined,
      outboundChannels: [],
      marketingWebhookUrl: undefined,
      recommenderSettings: '{}',
      packages: { functions: packages.functions, api: packages.api, workflows: packages.workflows },
    });
  });

  it('reads every key', () => {
    const values = {
      tier: 'standard',
      secondaryLocation: 'northeurope',
      publicNetworkAccess: 'true',
      contentShare: 'false',
      tokenIssuer: 'https://login.example/',
      tokenAudience: 'api://attune',
      outboundChannels: 'email,push',
      marketingWebhookUrl: 'http://127.0.0.1:7079/marketing',
      recommender: '{ "historyLength": 50 }',
    };
    expect(read(values)).toMatchObject({
      tier: 'standard',
      secondaryLocation: 'northeurope',
      publicNetworkAccess: true,
      contentShare: false,
      tokenIssuer: 'https://login.example/',
      tokenAudience: 'api://attune',
      outboundChannels: ['email', 'push'],
      marketingWebhookUrl: 'http://127.0.0.1:7079/marketing',
      recommenderSettings: '{"historyLength":50}',
    });
  });

  it('refuses a key that it does not know, but none of other packages', () => {
    expect(messageOf({ teir: 'dev' })).toMatch(
      /^attune:teir is no key of this project: they are tenant, .*config rm attune:teir$/,
    );
    read({});
    runtime.setAllConfig({ ...runtime.allConfig(), 'azure-native:location': 'westeurope' });
    expect(readConfig().tenant).toBe('acme');
  });

  it.each([
    ['tenant', { tenant: 'Acme' }, 'is "Acme": allowed is 1 to 40 lower-case letters'],
    ['tenant', { tenant: undefined }, 'is not set: allowed is 1 to 40 lower-case letters'],
    ['environment', { environment: 'test-1' }, 'is "test-1": allowed is 1 to 10 lower-case letters'],
    ['tier', { tier: 'gold' }, 'is "gold": allowed is one of dev, standard, premium'],
    ['location', { location: 'West Europe' }, 'is "West Europe": allowed is the short name of an Azure region'],
    ['secondaryLocation', { secondaryLocation: 'North' }, 'is "North": allowed is the short name of an Azure region'],
    ['secondaryLocation', { tier: 'premium' }, 'is "": allowed is an Azure region other than westeurope'],
    [
      'secondaryLocation',
      { tier: 'standard', secondaryLocation: 'westeurope' },
      'is "westeurope": allowed is an Azure region other than westeurope, because of tier standard',
    ],
    ['owner', { owner: '<me>' }, 'is "<me>": allowed is 1 to 128 letters'],
    ['costCenter', { costCenter: '' }, 'is "": allowed is 1 to 128 letters'],
    ['publicNetworkAccess', { publicNetworkAccess: 'yes' }, 'is "yes": allowed is true or false'],
    ['contentShare', { contentShare: '1' }, 'is "1": allowed is true or false'],
    ['tokenIssuer', { tokenIssuer: 'http://login.example', tokenAudience: 'a' }, 'an absolute URL with https://'],
    ['tokenIssuer', { tokenAudience: 'api://attune' }, 'because tokenAudience is set'],
    ['tokenAudience', { tokenIssuer: 'https://login.example' }, 'because tokenIssuer is set'],
    ['tokenAudience', { tokenIssuer: 'https://login.example', tokenAudience: 'a b' }, 'without spaces'],
    ['outboundChannels', { outboundChannels: 'email, push' }, 'is "email, push": allowed is a comma-separated list'],
    [
      'marketingWebhookUrl',
      { marketingWebhookUrl: 'crm' },
      'is "crm": allowed is an absolute URL with https:// or http://',
    ],
    ['recommender', { recommender: '[]' }, 'is "[]": allowed is a JSON object'],
    [
      'functionsPackage',
      { functionsPackage: 'dist/nowhere' },
      'is "dist/nowhere": allowed is the folder of a built package',
    ],
    ['apiPackage', { apiPackage: 'package.json' }, 'is "package.json": allowed is the folder of a built package'],
    ['workflowsPackage', { workflowsPackage: '/nowhere' }, 'is "/nowhere": allowed is the folder of a built package'],
  ])('says in one line what is wrong with %s and how to correct it: %o', (key, values, reason) => {
    const message = messageOf(values);
    expect(message).toContain(`attune:${key}`);
    expect(message).toContain(reason);
    expect(message).toContain(`Fix: pulumi config set attune:${key} `);
    expect(message).not.toContain('\n');
  });
});
