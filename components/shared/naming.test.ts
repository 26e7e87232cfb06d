import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME_PARTS, NAME_RULES, physicalName, resourceName, type NameKind } from './naming.ts';
import { UserError } from './validate.ts';

const kinds = Object.keys(NAME_RULES) as NameKind[];
const tenants = fc
  .stringMatching(/^[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,20}){0,4}$/)
  .filter((tenant) => NAME_PARTS.tenant.pattern.test(tenant));
const environments = fc.stringMatching(NAME_PARTS.environment.pattern);
const regions = fc.constantFrom('westeurope', 'northeurope', 'germanywestcentral', 'eastus2');
const stamps = fc.tuple(tenants, environments, regions);

describe('resourceName', () => {
  it('keeps to the limits of Azure for every kind and any tenant', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), stamps, (kind, stamp) => {
        const name = resourceName(kind, ...stamp);
        const { minLength, maxLength, pattern } = NAME_RULES[kind];
        expect(name.length).toBeGreaterThanOrEqual(minLength);
        expect(name.length).toBeLessThanOrEqual(maxLength);
        expect(name).toMatch(pattern);
        expect(resourceName(kind, ...stamp)).toBe(name);
      }),
    );
  });

  it('gives different stamps different names', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), stamps, stamps, (kind, one, other) => {
        fc.pre(one.join(' ') !== other.join(' '));
        expect(resourceName(kind, ...one)).not.toBe(resourceName(kind, ...other));
      }),
    );
  });

  it('gives the kinds of one stamp different names', () => {
    const names = kinds.map((kind) => resourceName(kind, 'acme', 'dev', 'westeurope'));
    expect(new Set(names).size).toBe(kinds.length);
  });

  it('keeps tenants apart that differ behind the cut, or in a hyphen that Azure does not allow', () => {
    const long = 'a-tenant-whose-name-takes-forty-letters';
    expect(resourceName('functionApp', `${long}1`, 'dev', 'westeurope')).not.toBe(
      resourceName('functionApp', `${long}2`, 'dev', 'westeurope'),
    );
    expect(resourceName('registryStorage', 'a-b', 'dev', 'westeurope')).not.toBe(
      resourceName('registryStorage', 'ab', 'dev', 'westeurope'),
    );
  });

  it('reads as what it is when it fits, and begins so when it does not', () => {
    expect(resourceName('eventHubsNamespace', 'acme', 'dev', 'westeurope')).toBe('evhns-attune-acme-dev-westeurope');
    expect(resourceName('keyVault', 'acme', 'dev', 'westeurope')).toMatch(/^kv-attune-acme-de-[0-9a-z]{6}$/);
    expect(resourceName('registryStorage', 'acme', 'dev', 'westeurope')).toMatch(/^stregattuneacmedev[0-9a-z]{6}$/);
  });

  it.each([
    ['Acme', 'dev', 'westeurope', 'tenant is "Acme"'],
    ['a--b', 'dev', 'westeurope', 'tenant is "a--b"'],
    ['a'.repeat(41), 'dev', 'westeurope', 'tenant is "aaaa'],
    ['acme', 'test-1', 'westeurope', 'environment is "test-1"'],
    ['acme', 'dev', 'West Europe', 'location is "West Europe"'],
  ])('refuses %s %s %s', (tenant, environment, region, message) => {
    expect(() => resourceName('apiApp', tenant, environment, region)).toThrow(UserError);
    expect(() => resourceName('apiApp', tenant, environment, region)).toThrow(message);
  });
});

describe('physicalName', () => {
  const stamp = { tenant: 'acme', environment: 'dev', location: 'westeurope' };

  it('prefers a name that was chosen by hand', () => {
    expect(physicalName('apiApp', { ...stamp, names: { apiApp: 'shop-api' } })).toBe('shop-api');
    expect(physicalName('apiPlan', { ...stamp, names: { apiApp: 'shop-api' } })).toBe(
      resourceName('apiPlan', 'acme', 'dev', 'westeurope'),
    );
  });

  it('refuses a kind that does not exist and a length that Azure does not take', () => {
    expect(() => physicalName('apiApp', { ...stamp, names: { apApp: 'shop' } })).toThrow(
      'a key of names is "apApp": allowed is one of resourceGroup,',
    );
    expect(() => physicalName('keyVault', { ...stamp, names: { keyVault: 'a-vault-with-25-characters' } })).toThrow(
      'names.keyVault is "a-vault-with-25-characters": allowed is 3 to 24 characters.',
    );
  });
});
