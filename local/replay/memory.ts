import { readFile, readdir } from 'node:fs/promises';

const SAMPLE_MS = 2_000;

/**
 * Watches the memory of this process and all its descendants together: the sum of their proportional set sizes, in which
 * pages that several processes share (the Node binary above all) count once. Linux only: elsewhere the peak is undefined.
 */
export class MemoryWatch {
  #peak = 0;
  #sampling = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor() {
    if (process.platform !== 'linux') return;
    this.#timer = setInterval(() => void this.sample(), SAMPLE_MS);
    this.#timer.unref();
  }

  /** Largest sum seen, in bytes. */
  get peakBytes(): number | undefined {
    return this.#timer ? this.#peak : undefined;
  }

  async sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    this.#peak = Math.max(this.#peak, await familyBytes(process.pid));
    this.#sampling = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

async function familyBytes(root: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const)));
  const family = new Set([root]);
  // A child's id is usually larger than its parent's; ids wrap round, hence the repetition until nothing is added.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (parent !== undefined && family.has(parent)) family.add(pid);
  }
  const bytes = await Promise.all([...family].map(proportionalBytes));
  return bytes.reduce((sum, size) => sum + size, 0);
}

async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readProcessFile(pid, 'status');
  return status === undefined ? undefined : field(status, 'PPid');
}

async function proportionalBytes(pid: number): Promise<number> {
  return field((await readProcessFile(pid, 'smaps_rollup')) ?? '', 'Pss') * 1024;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** A file of /proc; undefined when the process has ended, or is not ours to look at. */
async function readProcessFile(pid: number, name: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH' || error.code === 'EACCES') return undefined;
    throw error;
  });
}
