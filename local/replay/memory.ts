import { readFile, readdir } from 'node:fs/promises';

const SAMPLE_MS = 1_000;

/** Watches the resident memory of this process and all its descendants. Linux only: elsewhere the peak is undefined. */
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
    this.#peak = Math.max(this.#peak, await residentBytes(process.pid));
    this.#sampling = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

async function residentBytes(root: number): Promise<number> {
  const processes = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))),
  );
  const family = new Set([root]);
  let bytes = 0;
  // A child's id is usually larger than its parent's; ids wrap round, hence the repetition until nothing is added.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const entry of processes) if (entry && family.has(entry.parent)) family.add(entry.pid);
  }
  for (const entry of processes) if (entry && family.has(entry.pid)) bytes += entry.bytes;
  return bytes;
}

async function readProcess(pid: number): Promise<{ pid: number; parent: number; bytes: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // The process ended between listing and reading.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  });
  if (status === undefined) return undefined;
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { pid, parent: field('PPid'), bytes: field('VmRSS') * 1024 };
}
