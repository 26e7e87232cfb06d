import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { load, withActions } from '../testing/loadedProject.ts';
import { ProjectError } from './projectError.ts';

const COMPOSE = { type: 'Compose', inputs: 1 };

describe('form and order of actions', () => {
  it.each<[string, JsonObject, RegExp]>([
    [
      'an unknown action',
      { A: { type: 'ApiConnection', inputs: {} } },
      /^flow\/workflow.json: action "A" has the unknown type "ApiConnection"; known are AppendToArray/,
    ],
    [
      'an unknown action inside',
      { S: { type: 'Scope', actions: { A: { type: 'Nope' } } } },
      /action "A" has the unknown type "Nope"/,
    ],
    [
      'an unknown property',
      { A: { ...COMPOSE, trackedProperties: {} } },
      /action "A" the property "trackedProperties" is not supported; supported are type, description/,
    ],
    [
      'an unknown input',
      { A: { type: 'Http', inputs: { method: 'GET', uri: 'http://a', cookie: 'c' } } },
      /action "A" inputs: the property "cookie" is not supported/,
    ],
    [
      'a missing input',
      { A: { type: 'Http', inputs: { method: 'GET' } } },
      /action "A" inputs: the property "uri" is missing/,
    ],
    [
      'too many actions',
      { S: { type: 'Scope', actions: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`A${n}`, COMPOSE])) } },
      /^flow\/workflow.json: the workflow has 501 actions; at most 500 are allowed/,
    ],
    [
      'a chain of very many actions',
      Object.fromEntries(
        Array.from({ length: 20_000 }, (_, n) => [
          `A${n}`,
          { ...COMPOSE, runAfter: n === 0 ? {} : { [`A${n - 1}`]: ['Succeeded'] } },
        ]),
      ),
      /the workflow has 20000 actions/,
    ],
    [
      'too many cases',
      {
        A: {
          type: 'Switch',
          expression: 1,
          cases: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`C${n}`, { case: n, actions: {} }])),
        },
      },
      /action "A" cases: must NOT have more than 25 properties/,
    ],
    [
      'a long expression',
      { A: { type: 'Compose', inputs: `@concat('${'x'.repeat(8200)}')` } },
      /an expression of 8211 characters is too long; at most 8192 are allowed/,
    ],
    ['a wrong name', { 'A/B': COMPOSE }, /action "A\/B" the name has characters/],
    [
      'a wrong authentication',
      {
        A: {
          type: 'Http',
          inputs: { method: 'GET', uri: 'http://a', authentication: { type: 'ActiveDirectoryOAuth' } },
        },
      },
      /authentication.type "ActiveDirectoryOAuth" is not supported; use Basic, ManagedServiceIdentity, Raw/,
    ],
    [
      'an identity without audience',
      {
        A: {
          type: 'Http',
          inputs: { method: 'GET', uri: 'http://a', authentication: { type: 'ManagedServiceIdentity' } },
        },
      },
      /authentication.audience is missing/,
    ],
    [
      'a wrong timeout',
      { A: { type: 'Http', inputs: { method: 'GET', uri: 'http://a' }, limit: { timeout: '30s' } } },
      /limit.timeout "30s" is no duration; write it like PT30S/,
    ],
    [
      'an unreadable schema',
      { A: { type: 'ParseJson', inputs: { content: 1, schema: { type: 'nothing' } } } },
      /action "A" inputs.schema is no usable JSON Schema/,
    ],
    [
      'an unknown state',
      { A: COMPOSE, B: { ...COMPOSE, runAfter: { A: ['Done'] } } },
      /runAfter "A" waits for the unknown state "Done"; use Succeeded, Failed, Skipped, TimedOut/,
    ],
    [
      'an unknown predecessor',
      { A: COMPOSE, B: { ...COMPOSE, runAfter: { C: ['Succeeded'] } } },
      /action "B" runAfter names "C", which is no action beside it; there are A, B/,
    ],
    [
      'a circle',
      {
        A: { ...COMPOSE, runAfter: { C: ['Succeeded'] } },
        B: { ...COMPOSE, runAfter: { A: ['Succeeded'] } },
        C: { ...COMPOSE, runAfter: { B: ['Succeeded'] } },
      },
      /action "A" runAfter goes in a circle: A → C → B → A; remove one/,
    ],
    [
      'a circle of one',
      { S: { type: 'Scope', actions: { A: { ...COMPOSE, runAfter: { A: ['Failed'] } } } } },
      /runAfter goes in a circle: A → A/,
    ],
    [
      'a name used twice',
      { A: COMPOSE, S: { type: 'Scope', actions: { a: COMPOSE } } },
      /action "a" the name is used twice \(as "A"\)/,
    ],
    [
      'a variable in a scope',
      {
        S: {
          type: 'Scope',
          actions: { V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Integer' }] } } },
        },
      },
      /action "V" a variable is initialized at the top level/,
    ],
    [
      'an unknown variable type',
      { V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Number' }] } } },
      /the variable type "Number" is not known/,
    ],
    [
      'a Terminate in a loop',
      { L: { type: 'Foreach', foreach: [], actions: { T: { type: 'Terminate', inputs: { runStatus: 'Failed' } } } } },
      /action "T" cannot stand in the loop "L"/,
    ],
    [
      'a Response in a loop',
      {
        L: {
          type: 'Until',
          expression: '@true',
          actions: { S: { type: 'Scope', actions: { R: { type: 'Response', inputs: { statusCode: 200 } } } } },
        },
      },
      /action "R" cannot stand in the loop "L"/,
    ],
  ])('refuse %s, naming file, action and fix', (_what, actions, message) => {
    expect(() => load(withActions(actions))).toThrow(ProjectError);
    expect(() => load(withActions(actions))).toThrow(message);
  });

  it('refuses a Response where nobody waits, and one too many levels', () => {
    const response = { R: { type: 'Response', inputs: { statusCode: 200 } } };
    const recurrence = { r: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } } };
    expect(() => load(withActions(response, { triggers: recurrence }))).toThrow(
      /action "R" needs a trigger of type Request/,
    );
    const split = { manual: { type: 'Request', kind: 'Http', splitOn: '@triggerBody()' } };
    expect(() => load(withActions(response, { triggers: split }))).toThrow(/cannot answer a trigger with splitOn/);
    let deep: JsonObject = { Core: COMPOSE };
    for (let level = 0; level < 8; level++) deep = { [`S${level}`]: { type: 'Scope', actions: deep } };
    expect(() => load(withActions(deep))).toThrow(/action "Core" is nested deeper than 8 levels/);
  });
});
