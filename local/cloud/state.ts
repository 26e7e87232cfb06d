import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../pulumi/projectFiles.ts';

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

  /** Throws `UsageError` when the file is there and is no such state. */
  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, 'state.json');
    this.#content = readState(this.#file);
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

function readState(file: string): StateFile {
  if (!existsSync(file)) return { ports: {}, keys: {}, storageAccounts: [] };
  let content: unknown;
  let fault = 'it is not {"ports": {name: number}, "keys": {name: text}, "storageAccounts": [name]}';
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    fault = error.message;
  }
  if (isState(content)) return content;
  throw new UsageError(
    `${file} cannot be used: ${fault}. Put back a copy of it, or delete it: the data stays, keys and ports are made anew.`,
  );
}

function isState(value: unknown): value is StateFile {
  if (!isObject(value)) return false;
  const { ports, keys, storageAccounts } = value;
  return (
    isObject(ports) &&
    Object.values(ports).every((port) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536) &&
    isObject(keys) &&
    Object.values(keys).every((key) => typeof key === 'string') &&
    Array.isArray(storageAccounts) &&
    storageAccounts.every((name) => typeof name === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
