import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessControl } from './accessControl.ts';
import { ACTIONS, allows, leastRoleFor, ROLE_DEFINITIONS } from './roles.ts';
import { testIdentityStack, testIdentity, testResource } from './testing/identityStack.ts';

const SENDER = '2b629674-e913-4c01-ae53-ef4638d8f975';
const anna = { ...testIdentity('anna'), expiresAt: Infinity };
const hub = testResource('Microsoft.EventHub/namespaces/ns/eventhubs/interactions');

async function withAssignment(scope: string, roleId = SENDER) {
  const assignment = { id: 'a', principalId: anna.principalId, roleId, scope };
  return new AccessControl((await testIdentityStack({ assignments: [assignment] })).directory);
}

describe('AccessControl', () => {
  it('allows an action on the scope of an assignment and below it, whatever the case', async () => {
    const control = await withAssignment(hub.toUpperCase());
    expect(control.isAllowed(anna, ACTIONS.eventHubs.send, hub)).toBe(true);
    expect(control.isAllowed(anna, ACTIONS.eventHubs.send.toUpperCase(), `${hub}/partitions/0`)).toBe(true);
  });

  it.each([
    ['above it', testResource('Microsoft.EventHub/namespaces/ns'), ACTIONS.eventHubs.send],
    ['beside it', `${hub}-2`, ACTIONS.eventHubs.send],
    ['for another action', hub, ACTIONS.eventHubs.receive],
  ])('refuses %s', async (_, resource, action) => {
    expect((await withAssignment(hub)).isAllowed(anna, action, resource)).toBe(false);
  });

  it('refuses another principal, and a role that it does not know', async () => {
    const control = await withAssignment(hub);
    const bert = { ...testIdentity('bert'), expiresAt: Infinity };
    expect(control.isAllowed(bert, ACTIONS.eventHubs.send, hub)).toBe(false);
    expect((await withAssignment(hub, 'unknown')).isAllowed(anna, ACTIONS.eventHubs.send, hub)).toBe(false);
  });

  it('names principal, action, scope and a role that would do', async () => {
    const control = await withAssignment(hub);
    expect(() => control.require(anna, ACTIONS.eventHubs.receive, hub)).toThrow(
      `The principal ${anna.principalId} (${anna.resourceId}) has no role assignment that allows ` +
        `${ACTIONS.eventHubs.receive} on ${hub}. The built-in role "Azure Event Hubs Data Receiver"`,
    );
  });

  it('follows a changed directory once it is told', async () => {
    const { directory } = await testIdentityStack();
    const control = new AccessControl(directory);
    expect(control.isAllowed(anna, ACTIONS.eventHubs.send, hub)).toBe(false);
    const assignment = { id: 'a', principalId: anna.principalId, roleId: SENDER, scope: hub };
    directory.write({ identities: [], holders: [], assignments: [assignment] });
    control.reload();
    expect(control.isAllowed(anna, ACTIONS.eventHubs.send, hub)).toBe(true);
  });
});

describe('roles', () => {
  it('has a role for every action, and each role allows what it is for', () => {
    for (const action of Object.values(ACTIONS).flatMap((service) => Object.values(service))) {
      expect(leastRoleFor(action)).toBeDefined();
    }
    const reader = ROLE_DEFINITIONS.get('00000000-0000-0000-0000-000000000001')!;
    expect(allows(reader, ACTIONS.cosmos.read)).toBe(true);
    expect(allows(reader, ACTIONS.cosmos.upsert)).toBe(false);
  });

  it('matches patterns as a regular expression with the same meaning would', () => {
    const word = fc.stringMatching(/^[ab/*]{0,8}$/);
    fc.assert(
      fc.property(word, fc.stringMatching(/^[ab/]{0,8}$/), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(allows({ name: '', dataActions: [pattern] }, text)).toBe(expression.test(text));
      }),
    );
  });
});
