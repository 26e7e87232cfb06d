import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, which could take one before a service listens there. */
const ANY_PORT = { from: 20_000, to: 30_000 };

/**
 * Picks a free loopback port: the first preferred one that can be bound, else any. Preferred ports are the services'
 * usual ones, so that clients' defaults work.
 */
export async function freePort(...preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && (await isFree(port))) return port;
  }
  for (;;) {
    const any = randomInt(ANY_PORT.from, ANY_PORT.to);
    if (await isFree(any)) return any;
  }
}

export async function isFree(port: number): Promise<boolean> {
  return bind(port).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return false;
      throw error;
    },
  );
}

/** Binds a loopback port and lets it go again. */
function bind(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
