import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import rhea, { type Typed } from 'rhea';

const CLOSE = 0x18;

interface ReceivedFrame {
  /** Code of its performative, undefined for a heartbeat. */
  code: number | undefined;
  fields: unknown[];
}

/** A socket that sends whatever it is told and reads what comes back. */
export class RawPeer {
  readonly socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data: Buffer) => (this.#received = Buffer.concat([this.#received, data])));
    // The broker may hang up while the test still writes.
    socket.on('error', () => socket.destroy());
  }

  static async open(port: number): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Everything that the broker has sent so far. */
  get received(): Buffer {
    return this.#received;
  }

  /** Whole frames received so far, protocol headers left out. */
  get frames(): ReceivedFrame[] {
    const frames: ReceivedFrame[] = [];
    let rest = this.#received;
    while (rest.length >= 8) {
      const isHeader = rest.toString('latin1', 0, 4) === 'AMQP';
      const size = isHeader ? 8 : rest.readUInt32BE(0);
      if (rest.length < size) break;
      if (!isHeader) frames.push(decodeFrame(rest.subarray(8, size)));
      rest = rest.subarray(size);
    }
    return frames;
  }

  /** Waits until the broker has hung up and returns the condition of its close, if it sent one. */
  async closeCondition(): Promise<string | undefined> {
    if (!this.socket.closed) await once(this.socket, 'close');
    const close = this.frames.find(({ code }) => code === CLOSE);
    return (close?.fields[0] as { condition?: string } | undefined)?.condition;
  }
}

function decodeFrame(body: Buffer): ReceivedFrame {
  if (body.length === 0) return { code: undefined, fields: [] };
  const { Reader } = rhea.types as unknown as { Reader: new (bytes: Buffer) => { read(): Typed } };
  const performative = new Reader(body).read();
  const fields = (performative.value as Typed[]).map((field) => rhea.types.unwrap(field) as unknown);
  return { code: Number((performative.descriptor as Typed).value), fields };
}
