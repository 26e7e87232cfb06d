import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import { compose } from './testing/definitions.ts';
import { workflowOf, writeProject } from './testing/testProject.ts';

let folder: string;
let projectDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-main-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(projectDir, { recursive: true });
});

const processOf = (ports?: Record<string, number>) =>
  new ServiceProcess({
    name: 'workflows',
    entry: join(import.meta.dirname, 'main.ts'),
    dataDir: join(folder, 'data'),
    logDir: join(folder, 'logs'),
    options: { projectDir },
    ...(ports && { ports }),
  });

describe('the process', () => {
  it('serves its control methods', async () => {
    projectDir = writeProject({ workflows: { flow: workflowOf({ A: compose(1) }) } });
    const service = processOf();
    await service.start();
    expect(await service.call('describe')).toMatchObject({
      workflows: [{ name: 'flow', url: `http://127.0.0.1:${service.ports.http}/api/flow/triggers/manual/invoke` }],
    });
    await expect(service.call('trigger', { workflow: 'flow' })).rejects.toThrow(
      /^workflows: workflow "flow" has a Request trigger/,
    );
    await expect(service.call('runs', { workflow: 'other' })).rejects.toThrow(
      'there is no workflow "other"; there are flow.',
    );
    await service.stop();
  });

  it('ends with one line, without a stack, for a folder that is no project', async () => {
    projectDir = writeProject({ workflows: {} });
    const failure = await processOf()
      .start()
      .catch((error: Error) => error.message);
    expect(failure).toMatch(/has no folder with a workflow.json; add one for each workflow/);
    expect(failure).not.toMatch(/\n\s+at /);
  });

  it('runs without a workflow that it refuses, and says why in one line of its log', async () => {
    projectDir = writeProject({
      workflows: { bad: workflowOf({ A: { type: 'Nope' } }), good: workflowOf({ A: compose(1) }) },
    });
    const service = processOf();
    await service.start();
    const fault = expect.stringMatching(/^bad\/workflow.json: action "A" has the unknown type "Nope"; known are/);
    expect(await service.call('describe')).toMatchObject({
      workflows: [
        { name: 'bad', error: fault },
        { name: 'good', kind: 'Stateful' },
      ],
    });
    const lines = readFileSync(join(folder, 'logs', 'workflows.log'), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toEqual([fault]);
    await expect(service.call('trigger', { workflow: 'bad' })).rejects.toThrow(
      /workflow "bad" is refused: bad\/workflow/,
    );
    await service.stop();
  });

  it('ends with one line for a port in use', async () => {
    projectDir = writeProject({ workflows: { flow: workflowOf({ A: compose(1) }) } });
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const failure = await processOf({ http: port })
      .start()
      .catch((error: Error) => error.message);
    taken.close();
    expect(failure).toMatch(new RegExp(`cannot listen on 127.0.0.1:${port}: the port is in use`));
  });
});
