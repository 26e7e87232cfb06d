import type { AddressInfo, Server } from 'node:net';
import { ControlError } from '../process/serviceHost.ts';

const HOST = '127.0.0.1';

/** Certificate chain and key, PEM. */
export interface TlsSettings {
  cert: string | Buffer;
  key: string | Buffer;
}

export interface ListenOptions {
  /** Port to listen on; 0 takes a free one. One that is taken is an error. */
  port?: number;
  /** Port to listen on if it is free, else another one; used when `port` is absent. */
  preferredPort?: number;
  /** What the port is for, in errors. */
  purpose: string;
}

/** Makes a server listen on the loopback address. @throws {ControlError} when the port is taken */
export async function listen(server: Server, { port, preferredPort, purpose }: ListenOptions): Promise<void> {
  try {
    await bind(server, port ?? preferredPort ?? 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (port !== undefined) {
      throw new ControlError(
        `The ${purpose} port ${port} is in use: end the program that listens there, or set another.`,
      );
    }
    await bind(server, 0);
  }
}

/** Port of a server that listens. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
