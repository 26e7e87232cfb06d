import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface StateFile {
  ports: Record<string, number>;
  keys: Record<string, string>;
  storageAccounts: string[];
}

/**
 * What a data folder remembers between starts: ports, the keys of the local services (profile `fast`) and the storage
 * accounts. Readable by the owner alone.
 */
export class CloudState {
  readonly #file: string;
  readonly #content: StateFile;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, 'state.json');
    const empty: StateFile = { ports: {}, keys: {}, storageAccounts: [] };
    this.#content = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as StateFile) : empty;
  }

  port(name: string): number | undefined {
    return this.#content.ports[name];
  }

  setPort(name: string, port: number): void {
    if (this.#content.ports[name] === port) return;
    this.#content.ports[name] = port;
    this.#save();
  }

  /** The key of that name, made at its first use: 32 random bytes in base64. */
  key(name: string): string {
    let key = this.#content.keys[name];
    if (!key) {
      key = randomBytes(32).toString('base64');
      this.#content.keys[name] = key;
      this.#save();
    }
    return key;
  }

  /** Storage accounts of the start before. */
  get storageAccounts(): readonly string[] {
    return this.#content.storageAccounts;
  }

  setStorageAccounts(names: readonly string[]): void {
    this.#content.storageAccounts = [...names];
    this.#save();
  }

  #save(): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#content, null, 2), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
