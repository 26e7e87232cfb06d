import { ChangeFeedMode, PermissionMode, TriggerOperation, TriggerType, type Container } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

interface Refusal {
  id: string;
  name: string;
  /** What the message must contain. */
  naming: string;
  calls(container: Container, stage: Stage): (() => Promise<unknown>)[];
}

/** Checks that calls of the client are refused with 400 and a message that names what is not there. */
function refused({ id, name, naming, calls }: Refusal): Check {
  return {
    id,
    name,
    fidelity: 'refused',
    async run(stage) {
      for (const call of calls(await stage.container(), stage)) {
        const { code, message } = await failure(call());
        expect({ code, message }).toMatchObject({ code: 400, message: expect.stringContaining(naming) as string });
      }
    },
  };
}

const body = 'function () {}';
const item = { id: '1', pk: 'a' };

export const unsupportedChecks: Check[] = [
  refused({
    id: 'stored-procedures-refused',
    name: 'stored procedures are refused by name',
    naming: 'sprocs',
    calls: ({ scripts }) => [
      () => scripts.storedProcedures.create({ id: 'p', body }),
      () => scripts.storedProcedure('p').execute('a'),
      () => scripts.storedProcedures.readAll().fetchAll(),
      () => scripts.storedProcedure('p').delete(),
    ],
  }),
  refused({
    id: 'triggers-refused',
    name: 'triggers are refused by name, and so are writes that ask for one',
    naming: 'riggers',
    calls: ({ scripts, items }) => [
      () =>
        scripts.triggers.create({
          id: 't',
          body,
          triggerType: TriggerType.Pre,
          triggerOperation: TriggerOperation.All,
        }),
      () => items.create({ ...item }, { preTriggerInclude: ['t'] }),
      () => items.upsert({ ...item }, { postTriggerInclude: 't' }),
    ],
  }),
  refused({
    id: 'user-defined-functions-refused',
    name: 'user defined functions are refused by name',
    naming: 'udfs',
    calls: ({ scripts }) => [
      () => scripts.userDefinedFunctions.create({ id: 'f', body }),
      () => scripts.userDefinedFunctions.readAll().fetchAll(),
    ],
  }),
  refused({
    id: 'query-udf-refused',
    name: 'a query that calls a user defined function is refused',
    naming: 'User defined functions',
    calls: ({ items }) => [() => items.query('SELECT VALUE udf.f(c.n) FROM c', { partitionKey: 'a' }).fetchAll()],
  }),
  refused({
    id: 'users-and-permissions-refused',
    name: 'users and their permissions are refused by name',
    naming: 'users',
    calls: ({ url }, { database }) => [
      () => database.users.create({ id: 'u' }),
      () => database.user('u').permissions.create({ id: 'p', permissionMode: PermissionMode.Read, resource: url }),
    ],
  }),
  refused({
    id: 'indexing-directive-refused',
    name: 'the indexing directive Exclude is refused',
    naming: 'Exclude',
    calls: ({ items }) => [() => items.create({ ...item }, { indexingDirective: 'Exclude' })],
  }),
  refused({
    id: 'changefeed-all-versions-refused',
    name: 'a change feed of all versions and deletes is refused',
    naming: 'Full-Fidelity',
    calls: ({ items }) => [
      () => items.getChangeFeedIterator({ changeFeedMode: ChangeFeedMode.AllVersionsAndDeletes }).readNext(),
    ],
  }),
  refused({
    id: 'container-features-refused',
    name: 'containers with computed properties are refused',
    naming: 'computedProperties',
    calls: (_, stage) => [
      () => stage.container({ computedProperties: [{ name: 'lower', query: 'SELECT VALUE LOWER(c.name) FROM c' }] }),
    ],
  }),
  {
    id: 'conflicts-are-empty',
    name: 'the conflicts feed of an account that is written in one place is empty',
    async run(stage) {
      const container = await stage.container();
      expect((await container.conflicts.readAll().fetchAll()).resources).toEqual([]);
    },
  },
];
