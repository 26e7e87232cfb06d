import { createServer } from 'node:net';

/**
 * Picks a free loopback port: the first preferred one that can be bound, else any. Preferred ports are the services'
 * usual ones, so that clients' defaults work.
 */
export async function freePort(...preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && (await isFree(port))) return port;
  }
  return bind(0);
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

/** Binds a loopback port, lets it go again and returns its number. */
function bind(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
