import type { CloudEvent, RecommendationServed } from '../../contracts/events.ts';
import { EVENT_TYPES } from '../../contracts/names.ts';
import { sourceOf } from './announcements.ts';
import { BackgroundBuffer } from './backgroundBuffer.ts';
import type { HubProducer } from './partitionSender.ts';

/** An answer that was given. */
export interface Decision extends RecommendationServed {
  tenant: string;
  /** When, ms since 1970. */
  time: number;
}

export interface DecisionLogOptions {
  producer: HubProducer;
  onDropped(count: number, error?: unknown): void;
}

/** Answers in one AMQP event: some 100 kB. */
const ANSWERS_PER_EVENT = 250;
const ANSWERS_PER_BATCH = 1_000;
const CLOUD_EVENTS_BATCH = 'application/cloudevents-batch+json';

/** Writes every answer to the hub `decisions`, many in one event, behind the requests' back. */
export class DecisionLog {
  readonly #producer: HubProducer;
  readonly #buffer: BackgroundBuffer<Decision>;

  constructor({ producer, onDropped }: DecisionLogOptions) {
    this.#producer = producer;
    this.#buffer = new BackgroundBuffer({
      send: (decisions) => this.#send(decisions),
      capacity: 50_000,
      batch: ANSWERS_PER_BATCH,
      lingerMs: 200,
      attempts: 3,
      retryMs: 250,
      onDropped,
    });
  }

  add(decision: Decision): void {
    this.#buffer.add(decision);
  }

  /** Sends what waits and closes the connection. */
  async close(): Promise<void> {
    await this.#buffer.flush();
    await this.#producer.close();
  }

  async #send(decisions: readonly Decision[]): Promise<void> {
    let next = 0;
    while (next < decisions.length) {
      const batch = await this.#producer.createBatch();
      while (next < decisions.length) {
        const part = decisions.slice(next, next + ANSWERS_PER_EVENT).map(toEvent);
        const body = Buffer.from(JSON.stringify(part));
        if (!batch.tryAdd({ body, contentType: CLOUD_EVENTS_BATCH })) break;
        next += part.length;
      }
      if (batch.count === 0) throw new Error(`The hub takes no event with ${ANSWERS_PER_EVENT} answers.`);
      await this.#producer.sendBatch(batch);
    }
  }
}

function toEvent({ tenant, time, ...data }: Decision): CloudEvent<RecommendationServed> {
  return {
    specversion: '1.0',
    id: data.requestId,
    source: sourceOf(tenant),
    type: EVENT_TYPES.recommendationServed,
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
