import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Config, runtime } from '@pulumi/pulumi';
import type { PersonalizationStackArgs } from '../components/index.ts';
import { NAME_PARTS } from '../components/shared/naming.ts';
import { tierOf, TIER_NAMES } from '../components/shared/tiers.ts';
import { requireOneOf, UserError, wrongValue } from '../components/shared/validate.ts';
import { checked, flag, optionalText, optionalUrl, requiredText, type Key } from './keys.ts';
import { checkRecommender } from './recommender.ts';

/** Every key of the project's configuration; `Pulumi.yaml` declares them with type, meaning and default. */
export const KEYS = [
  'tenant',
  'environment',
  'tier',
  'location',
  'secondaryLocation',
  'owner',
  'costCenter',
  'publicNetworkAccess',
  'tokenIssuer',
  'tokenAudience',
  'outboundChannels',
  'marketingWebhookUrl',
  'recommender',
  'contentShare',
  'functionsPackage',
  'apiPackage',
  'workflowsPackage',
] as const;

const PROJECT = 'attune';
const PROJECT_DIR = resolve(import.meta.dirname, '..');

const GUID_EXAMPLE = '00000000-0000-0000-0000-000000000000';
const CHANNEL_LIST = /^[a-z][a-z0-9_-]{0,31}(,[a-z][a-z0-9_-]{0,31})*$/;
const TAG_VALUE = /^[\w .@:/+=-]{1,128}$/;
const TAG_WORDS = '1 to 128 letters, digits, spaces and _ . @ : / + = -';

/**
 * Reads and checks the stack's configuration.
 * @throws {UserError} with one line that names the key, its value, what is allowed and the command that corrects it.
 */
export function readConfig(): PersonalizationStackArgs {
  const config = new Config(PROJECT);
  refuseUnknownKeys();
  const tier = requireOneOf(checked({ name: 'tier', example: 'dev' }), config.get('tier'), TIER_NAMES);
  const location = readNamePart(config, 'location', 'location', 'westeurope');
  const recommender = checked({ name: 'recommender', example: `'{"historyLength":50}'` });
  return {
    tenant: readNamePart(config, 'tenant', 'tenant', 'demo'),
    environment: readNamePart(config, 'environment', 'environment', 'dev'),
    tier,
    location,
    secondaryLocation: readSecondaryLocation(config, tier, location),
    owner: requiredText(config, { name: 'owner', example: 'platform-team' }, TAG_VALUE, TAG_WORDS),
    costCenter: requiredText(config, { name: 'costCenter', example: 'unassigned' }, TAG_VALUE, TAG_WORDS),
    publicNetworkAccess: flag(config, { name: 'publicNetworkAccess', example: 'false' }, false),
    contentShare: flag(config, { name: 'contentShare', example: 'true' }, true),
    ...readTokens(config),
    outboundChannels: readChannels(config),
    marketingWebhookUrl: readMarketingWebhook(config),
    recommenderSettings: checkRecommender(recommender, config.get('recommender') ?? '{}'),
    packages: {
      functions: readPackage(config, { name: 'functionsPackage', example: 'dist/functions' }),
      api: readPackage(config, { name: 'apiPackage', example: 'dist/api' }),
      workflows: readPackage(config, { name: 'workflowsPackage', example: 'dist/workflows' }),
    },
  };
}

/** A key that nobody reads is a slip of the keyboard, and its value would be missed in silence. */
function refuseUnknownKeys(): void {
  for (const key of Object.keys(runtime.allConfig())) {
    const [namespace, name = ''] = key.split(':');
    if (namespace !== PROJECT || (KEYS as readonly string[]).includes(name)) continue;
    throw new UserError(`${key} is no key of this project: they are ${KEYS.join(', ')}. Fix: pulumi config rm ${key}`);
  }
}

function readNamePart(config: Config, name: string, part: keyof typeof NAME_PARTS, example: string): string {
  const { pattern, allowed } = NAME_PARTS[part];
  return requiredText(config, { name, example }, pattern, allowed);
}

function readSecondaryLocation(config: Config, tier: string, location: string): string | undefined {
  const key = { name: 'secondaryLocation', example: 'northeurope' };
  const { pattern, allowed } = NAME_PARTS.location;
  const second = optionalText(config, key, pattern, allowed);
  if (tierOf(tier).cosmos.regions > 1 && (second === undefined || second === location)) {
    throw wrongValue(checked(key), second ?? '', `an Azure region other than ${location}, because of tier ${tier}`);
  }
  return second;
}

function readTokens(config: Config): Pick<PersonalizationStackArgs, 'tokenIssuer' | 'tokenAudience'> {
  const issuerKey = { name: 'tokenIssuer', example: `https://login.microsoftonline.com/${GUID_EXAMPLE}/v2.0` };
  const audienceKey = { name: 'tokenAudience', example: `api://${GUID_EXAMPLE}` };
  const tokenIssuer = optionalUrl(config, issuerKey, ['https:']);
  const tokenAudience = optionalText(config, audienceKey, /^\S{1,256}$/, 'up to 256 characters without spaces');
  if (tokenIssuer !== undefined && tokenAudience === undefined) {
    throw wrongValue(checked(audienceKey), '', 'the audience of the tokens, because tokenIssuer is set');
  }
  if (tokenIssuer === undefined && tokenAudience !== undefined) {
    throw wrongValue(checked(issuerKey), '', 'the URL of the issuer, because tokenAudience is set');
  }
  return { tokenIssuer, tokenAudience };
}

function readChannels(config: Config): string[] {
  const key = { name: 'outboundChannels', example: 'email,push' };
  const list = optionalText(config, key, CHANNEL_LIST, 'a comma-separated list of lower-case channel names');
  return list?.split(',') ?? [];
}

function readMarketingWebhook(config: Config): string | undefined {
  const key = { name: 'marketingWebhookUrl', example: 'https://crm.example/hooks/attune' };
  return optionalUrl(config, key, ['https:', 'http:']);
}

/** Folder of a package, absolute, because the engine runs the program in the folder `infra`. */
function readPackage(config: Config, key: Key): string {
  const folder = config.get(key.name) ?? key.example;
  const path = resolve(PROJECT_DIR, folder);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw wrongValue(checked(key), folder, 'the folder of a built package (build it: npm run build)');
}
