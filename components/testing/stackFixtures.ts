import { PersonalizationStack, type PersonalizationStackArgs } from '../personalizationStack.ts';
import { makePackages } from './fixtures.ts';
import { evaluate, type Evaluation } from './mocks.ts';

const { remove, ...packages } = makePackages();

/** Removes the packages that the arguments point at. */
export const removePackages = remove;

const required = {
  environment: 'dev',
  tier: 'dev',
  location: 'westeurope',
  owner: 'platform',
  costCenter: '1',
  packages,
};

/** Arguments of the whole stack: the least, everything, and as the Well-Architected Framework wants production. */
export const STACK_ARGS = {
  defaults: { ...required, tenant: 'acme' },
  max: {
    ...required,
    tenant: 'a-tenant-whose-name-takes-forty-letters1',
    environment: 'production',
    tier: 'premium',
    location: 'germanywestcentral',
    secondaryLocation: 'northeurope',
    publicNetworkAccess: true,
    tokenIssuer: 'https://login.example/',
    tokenAudience: 'api://attune',
    outboundChannels: ['email', 'push'],
    marketingWebhookUrl: 'https://crm.example/hook',
    recommenderSettings: '{"historyLength":50}',
  },
  wafAligned: { ...required, tenant: 'acme', environment: 'prod', tier: 'standard', secondaryLocation: 'northeurope' },
} satisfies Record<string, PersonalizationStackArgs>;

/** Evaluates a stack of the name `s`. */
export function evaluateStack(args: PersonalizationStackArgs): Promise<Evaluation<PersonalizationStack>> {
  return evaluate(() => new PersonalizationStack('s', args));
}
