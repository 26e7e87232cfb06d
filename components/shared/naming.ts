import { createHash } from 'node:crypto';
import { requireOneOf, requirePattern, wrongValue } from './validate.ts';

/** Azure's rule for the names of one resource type, and the prefix that tells the type in a name. */
interface NameRule {
  prefix: string;
  minLength: number;
  maxLength: number;
  /** Between the parts; empty where Azure allows letters and digits only. */
  separator: '-' | '';
  pattern: RegExp;
}

const HYPHENATED = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LETTERS_AND_DIGITS = /^[a-z0-9]+$/;

function hyphenated(prefix: string, minLength: number, maxLength: number): NameRule {
  return { prefix, minLength, maxLength, separator: '-', pattern: HYPHENATED };
}

function compact(prefix: string, minLength: number, maxLength: number): NameRule {
  return { prefix, minLength, maxLength, separator: '', pattern: LETTERS_AND_DIGITS };
}

/**
 * What a stamp has names for, with the limits of "Naming rules and restrictions for Azure resources". An Event Hubs
 * namespace counts from 8, because its pattern contradicts its minimum of 6. A web app stops at 40, where Azure begins
 * to cut the host names of its slots, other apps at 32, of which the Functions host makes its id.
 */
export const NAME_RULES = {
  resourceGroup: hyphenated('rg', 1, 90),
  eventIdentity: hyphenated('id-events', 3, 128),
  functionIdentity: hyphenated('id-functions', 3, 128),
  apiIdentity: hyphenated('id-api', 3, 128),
  workflowIdentity: hyphenated('id-workflows', 3, 128),
  eventHubsNamespace: hyphenated('evhns', 8, 50),
  eventGridTopic: hyphenated('evgt', 3, 50),
  cosmosAccount: hyphenated('cosmos', 3, 44),
  registryStorage: compact('streg', 3, 24),
  packageStorage: compact('stpkg', 3, 24),
  functionStorage: compact('stfun', 3, 24),
  workflowStorage: compact('stwfl', 3, 24),
  functionPlan: hyphenated('asp-functions', 1, 40),
  apiPlan: hyphenated('asp-api', 1, 40),
  workflowPlan: hyphenated('asp-workflows', 1, 40),
  functionApp: hyphenated('func', 2, 32),
  apiApp: hyphenated('app', 2, 40),
  workflowApp: hyphenated('logic', 2, 32),
  keyVault: hyphenated('kv', 3, 24),
  workspace: hyphenated('log', 4, 63),
  applicationInsights: hyphenated('appi', 1, 255),
} as const satisfies Record<string, NameRule>;

export type NameKind = keyof typeof NAME_RULES;

const PROJECT = 'attune';
const HASH_LENGTH = 6;

/** The rules for the parts of every name; environments and regions have no hyphen, so that a name has one reading. */
export const NAME_PARTS = {
  tenant: {
    pattern: /^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    allowed: '1 to 40 lower-case letters, digits and single hyphens, a letter first',
  },
  environment: { pattern: /^[a-z][a-z0-9]{0,9}$/, allowed: '1 to 10 lower-case letters and digits, a letter first' },
  location: { pattern: /^[a-z][a-z0-9]{2,29}$/, allowed: 'the short name of an Azure region, such as westeurope' },
} as const;

/**
 * Name of a resource in Azure: `<prefix>-attune-<tenant>-<environment>-<region>`. Where that is too long, or a hyphen is
 * not allowed, it is cut and ends with 6 characters of the hash of the full name, so that no two tenants share one.
 * @throws {UserError} when a part has characters that no resource name can carry.
 */
export function resourceName(kind: NameKind, tenant: string, environment: string, region: string): string {
  requirePart('tenant', tenant);
  requirePart('environment', environment);
  requirePart('location', region);
  const { prefix, maxLength, separator }: NameRule = NAME_RULES[kind];
  const full = [prefix, PROJECT, tenant, environment, region].join('-');
  const usable = separator === '' ? full.replaceAll('-', '') : full;
  if (usable === full && full.length <= maxLength) return full;
  const head = usable.slice(0, maxLength - HASH_LENGTH - separator.length).replace(/-$/, '');
  return `${head}${separator}${shortHash(full)}`;
}

/** What a name is made of, and the names that were chosen by hand. */
export interface NameSource {
  tenant: string;
  environment: string;
  location: string;
  names?: Record<string, string>;
}

/**
 * Name of a resource of a stamp: the one chosen by hand in `names`, else `resourceName`.
 * @throws {UserError} when `names` has a kind that does not exist or a name that is too short or too long for Azure.
 */
export function physicalName(kind: NameKind, { tenant, environment, location, names = {} }: NameSource): string {
  for (const chosen of Object.keys(names)) {
    requireOneOf({ property: 'a key of names', fix: 'Correct the key.' }, chosen, Object.keys(NAME_RULES));
  }
  const chosen = names[kind];
  if (chosen === undefined) return resourceName(kind, tenant, environment, location);
  const { minLength, maxLength } = NAME_RULES[kind];
  if (chosen.length >= minLength && chosen.length <= maxLength) return chosen;
  const checked = { property: `names.${kind}`, fix: 'Choose another name.' };
  throw wrongValue(checked, chosen, `${minLength} to ${maxLength} characters`);
}

function requirePart(part: keyof typeof NAME_PARTS, value: string): void {
  const { pattern, allowed } = NAME_PARTS[part];
  requirePattern({ property: part, fix: `Choose another ${part}.` }, value, pattern, allowed);
}

/** 6 characters of 36 symbols: about 2 × 10⁹ values. */
function shortHash(text: string): string {
  const digest = createHash('sha256').update(text).digest().readBigUInt64BE();
  return digest.toString(36).slice(-HASH_LENGTH).padStart(HASH_LENGTH, '0');
}
