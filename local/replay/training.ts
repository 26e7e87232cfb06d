import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestError } from '@azure/storage-blob';
import { STABLE_CHANNEL, type ModelChannel, type ModelManifest } from '../../runtime/contracts/model.ts';
import { BLOB_CONTAINERS, EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { StackClients } from '../clients/stackClients.ts';

const POLL_MS = 250;
const PATIENCE_MS = 10 * 60_000;

/** Asks for a training run through Event Grid, as any system could, and waits until its model is the stable one. */
export async function trainAndWait(clients: StackClients, reason: string, signal: AbortSignal): Promise<ModelManifest> {
  const requestedAt = Date.now();
  await requestTraining(clients, reason);
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    await sleep(POLL_MS, undefined, { signal });
    const now = await stableModel(clients);
    // A model of a training that was under way before the request may lack the last events.
    if (now && Date.parse(now.createdAt) >= requestedAt) return now;
  }
  throw new Error('No model was published within 10 minutes of the request; the log of the function app says why.');
}

async function requestTraining(clients: StackClients, reason: string): Promise<void> {
  await clients
    .eventGridPublisher()
    .send([
      { id: randomUUID(), source: '/replay', type: EVENT_TYPES.trainingRequested, time: new Date(), data: { reason } },
    ]);
}

/** Manifest of the model that channel `stable` names; undefined while there is none. */
export async function stableModel(clients: StackClients): Promise<ModelManifest | undefined> {
  const container = clients.blobContainer(BLOB_CONTAINERS.models);
  try {
    const channel = await readJson<ModelChannel>(STABLE_CHANNEL);
    return await readJson<ModelManifest>(channel.manifest);
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }

  async function readJson<T>(path: string): Promise<T> {
    return JSON.parse((await container.getBlobClient(path).downloadToBuffer()).toString('utf8')) as T;
  }
}
