import { onTestFinished } from 'vitest';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { RawPeer } from '../testing/rawPeer.ts';
import { TestBlobs } from '../testing/testBlobs.ts';
import { TestBroker } from '../testing/testBroker.ts';

/** One behaviour of the service that clients rely on. */
export interface Check {
  /** The behaviour as a sentence. */
  name: string;
  /**
   * `differs`: Azure behaves in another way, which the sentence tells. `refused`: Azure can do it, this service says by
   * name that it cannot. Absent: like Azure.
   */
  fidelity?: 'differs' | 'refused';
  run(stage: Stage): Promise<void>;
}

type BrokerOptions = NonNullable<Parameters<typeof TestBroker.start>[0]>;

/** Brokers for the checks: one with a key and one without, and others for those that need a setting of their own. */
export class Stage {
  /** Wants tokens of its key. */
  readonly test: TestBroker;
  /** Takes every token and none, for peers that speak AMQP by themselves. */
  readonly open: TestBroker;
  #blobs: Promise<TestBlobs> | undefined;

  private constructor(test: TestBroker, open: TestBroker) {
    this.test = test;
    this.open = open;
  }

  static async set(): Promise<Stage> {
    return new Stage(await TestBroker.start(), await TestBroker.start({ accessKey: undefined }));
  }

  async strike(): Promise<void> {
    await Promise.all([this.test.end(), this.open.end()]);
    await (await this.#blobs)?.stop();
  }

  /** A broker that ends with the check. */
  async broker(options: BrokerOptions = {}): Promise<TestBroker> {
    const broker = await TestBroker.start(options);
    onTestFinished(() => broker.end());
    return broker;
  }

  /** Blob Storage for all checks, started by the first that needs it. */
  blobs(): Promise<TestBlobs> {
    this.#blobs ??= TestBlobs.start();
    return this.#blobs;
  }

  /** A plain AMQP client of a broker without a key, until the end of the check. */
  async peer(options: Record<string, unknown> = {}, { broker } = this.open): Promise<AmqpPeer> {
    const peer = await AmqpPeer.open(broker.port, options);
    onTestFinished(() => peer.close());
    return peer;
  }

  /** A socket to a broker without a key, until the end of the check. */
  async raw({ broker } = this.open): Promise<RawPeer> {
    const peer = await RawPeer.open(broker.port);
    onTestFinished(() => void peer.socket.destroy());
    return peer;
  }
}

/** Address of a receiver of partition 0. */
export function firstPartition(hub: string, group = '$Default'): string {
  return `${hub}/ConsumerGroups/${group}/Partitions/0`;
}

export function bodies(events: readonly { body: unknown }[]): unknown[] {
  return events.map(({ body }) => body);
}

/** The code of a failure of the official client, of the last attempt when it lists several. */
export function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  return code ?? (errors?.length ? codeOf(errors.at(-1)) : undefined);
}

/** Text of a failure and of those that it lists. */
function textOf(error: unknown): string {
  const { message, errors = [] } = error as { message: string; errors?: unknown[] };
  return [message, ...errors.map(textOf)].join('\n');
}

/** What a promise is refused with: code of the client or condition of the broker, and the text. */
export async function refusalOf(
  promise: Promise<unknown>,
): Promise<{ code?: string; condition?: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    return { code: codeOf(error), condition: (error as { condition?: string }).condition, message: textOf(error) };
  }
  throw new Error('nothing was refused');
}

/** A whole number of seconds since 1970, so many of them from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}
