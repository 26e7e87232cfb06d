import { afterEach, describe, expect, it } from 'vitest';
import { ModelError } from '../../scoring/recommender.ts';
import { MemoryRegistry } from '../testing/memoryRegistry.ts';
import { smallModel } from '../testing/smallModel.ts';
import { ModelStore } from './modelStore.ts';

const TABLE = { lantern: { candle: 0.9 }, mug: { plate: 0.5 } };
const open: ModelStore[] = [];

function storeOver(registry: MemoryRegistry) {
  const errors: unknown[] = [];
  const versions: string[] = [];
  const models = new ModelStore({
    registry,
    onSwap: ({ version }) => versions.push(version),
    onError: (error) => errors.push(error),
    pollMs: 5,
  });
  open.push(models);
  return { models, errors, versions };
}

afterEach(() => {
  for (const models of open.splice(0)) models.close();
});

describe('ModelStore', () => {
  it('has no model until one is published', async () => {
    const registry = new MemoryRegistry();
    const { models } = storeOver(registry);
    await models.firstPoll;
    expect(models.acquire()).toBeUndefined();
    registry.publish(smallModel('v1', TABLE));
    await expect.poll(() => models.version).toBe('v1');
    expect(models.stale).toBe(false);
  });

  it('swaps models under load without failing a single ranking', async () => {
    const registry = new MemoryRegistry();
    registry.publish(smallModel('v0', TABLE));
    const { models, errors, versions } = storeOver(registry);
    await models.firstPoll;

    const served = new Set<string>();
    let running = true;
    const client = async () => {
      while (running) {
        const lease = models.acquire()!;
        const ranked = await lease.recommender.rank({ history: [{ item: 'lantern', action: 'view' }], limit: 1 });
        expect(ranked[0]?.item).toBe('candle');
        served.add(lease.recommender.version);
        lease.release();
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let version = 1; version <= 5; version += 1) {
      registry.publish(smallModel(`v${version}`, TABLE));
      await expect.poll(() => served.has(`v${version}`)).toBe(true);
    }
    running = false;
    await Promise.all(clients);
    expect(versions).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(errors).toEqual([]);
  });

  it.each([
    ['truncated', (blobs: Map<string, Uint8Array>) => cut(blobs, 'recommender/v2/graph.onnx')],
    ['without a manifest that is JSON', (blobs: Map<string, Uint8Array>) => cut(blobs, 'recommender/v2/manifest.json')],
    [
      'with a manifest that names nothing',
      (blobs: Map<string, Uint8Array>) => void blobs.set('recommender/v2/manifest.json', Buffer.from('{"graph":3}')),
    ],
  ])('keeps the last good model when the new one is %s, and reports it once', async (_, damage) => {
    const registry = new MemoryRegistry();
    registry.publish(smallModel('v1', TABLE));
    const { models, errors } = storeOver(registry);
    await models.firstPoll;

    const next = new MemoryRegistry();
    next.publish(smallModel('v2', TABLE));
    damage(next.blobs);
    for (const [path, body] of next.blobs) if (!path.includes('/channels/')) registry.blobs.set(path, body);
    registry.point({ version: 'v2', manifest: 'recommender/v2/manifest.json', publishedAt: '' });
    await expect.poll(() => models.stale).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(models.version).toBe('v1');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(ModelError);

    registry.publish(smallModel('v3', TABLE));
    await expect.poll(() => models.version).toBe('v3');
    expect(models.stale).toBe(false);
  });

  it('tries again what it could not read', async () => {
    const registry = new MemoryRegistry();
    registry.point({ version: 'v1', manifest: 'recommender/v1/manifest.json', publishedAt: '' });
    const { models, errors } = storeOver(registry);
    await models.firstPoll;
    expect(models.stale).toBe(true);
    expect(String(errors[0])).toContain('does not exist');
    registry.publish(smallModel('v1', TABLE));
    await expect.poll(() => models.version).toBe('v1');
  });

  it('goes on serving while the registry is away', async () => {
    const registry = new MemoryRegistry();
    registry.publish(smallModel('v1', TABLE));
    const { models, errors } = storeOver(registry);
    await models.firstPoll;
    registry.away = true;
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(models.version).toBe('v1');
  });
});

function cut(blobs: Map<string, Uint8Array>, path: string): void {
  const body = blobs.get(path)!;
  blobs.set(path, body.subarray(0, body.length / 2));
}
