import type { FastifyInstance } from 'fastify';
import type { HistoryEntry, ItemDocument, ProfileDocument, SignalDocument } from '../../contracts/documents.ts';
import { itemDocumentId, userSubject } from '../../contracts/documents.ts';
import { buildApp } from '../app.ts';
import type { Announcement } from '../services/announcements.ts';
import type { Services } from '../services/services.ts';
import type { PopularitySnapshot } from '../services/trending.ts';
import type { ApiSettings } from '../settings.ts';
import type { Log } from '../log.ts';
import { startServices, type Ports, type RunningServices } from '../startServices.ts';
import { MemoryHub } from './memoryHub.ts';
import { MemoryRegistry } from './memoryRegistry.ts';
import { MemoryStore } from './memoryStore.ts';

/** Everything around the API, in memory. */
export class TestWorld {
  readonly profiles = new MemoryStore<ProfileDocument>();
  readonly items = new MemoryStore<ItemDocument>();
  readonly signals = new MemoryStore<SignalDocument>();
  readonly registry = new MemoryRegistry();
  readonly interactions = new MemoryHub();
  readonly decisions = new MemoryHub();
  readonly announced: Announcement[] = [];
  readonly logged: Parameters<Log>[] = [];
  snapshots: PopularitySnapshot[] = [];

  async addItem(item: Partial<ItemDocument> & { itemId: string }): Promise<void> {
    await this.items.write({
      id: itemDocumentId(item.itemId),
      title: `Title of ${item.itemId}`,
      categories: [],
      available: true,
      updatedAt: '2026-01-01T00:00:00.000Z',
      ...item,
    });
  }

  /** Gives a user a history of items, all with the same action, the last one most recent. */
  async addProfile(userId: string, items: string[], { action = 'view', hidden = [] as string[] } = {}): Promise<void> {
    const history: HistoryEntry[] = items.map((item, index) => ({ item, action, time: index, sequence: index }));
    const subject = userSubject(userId);
    await this.profiles.write({
      id: subject,
      subject,
      kind: 'user',
      partition: '0',
      sequence: items.length,
      history,
      items: [],
      hidden,
      recentIds: '',
      events: items.length,
    });
  }
}

export interface TestApi extends RunningServices {
  app: FastifyInstance;
}

/** An API over a world, some services replaced, ready to take injected requests, which come from the loopback interface. */
export async function startApi(
  world: TestWorld,
  { settings: overrides, replaced }: { settings?: Partial<ApiSettings>; replaced?: Partial<Services> } = {},
): Promise<TestApi> {
  const settings: ApiSettings = {
    host: '127.0.0.1',
    port: 0,
    tenant: 'contoso',
    keyDigests: [],
    allowLoopback: true,
    tokens: undefined,
    outboundChannels: new Set(['email']),
    ...overrides,
  };
  const ports: Ports = {
    readProfile: (subject) => world.profiles.read(subject),
    profileFeed: () => world.profiles.feed('now'),
    writeItem: (document) => world.items.write(document),
    itemFeed: () => world.items.feed('beginning'),
    readPopularitySnapshots: async () => world.snapshots,
    signalFeed: () => world.signals.feed('beginning'),
    registry: world.registry,
    interactions: world.interactions,
    decisions: world.decisions,
    publisher: { send: async (events) => void world.announced.push(...events) },
  };
  const { services, close } = startServices(settings, ports, { log: (...entry) => void world.logged.push(entry) });
  const app = buildApp({ ...services, ...replaced });
  await app.ready();
  while (!services.readiness().ready) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    app,
    services,
    close: async () => {
      await app.close();
      await close();
    },
  };
}
