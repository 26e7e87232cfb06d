import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../pulumi/projectFiles.ts';
import { CloudState } from './state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'state.json');

describe('CloudState', () => {
  it('knows nothing at first and writes nothing until there is something to keep', () => {
    const state = new CloudState(join(folder, 'new', 'data'));
    expect(state.port('cosmos.http')).toBeUndefined();
    expect(state.storageAccounts).toEqual([]);
    expect(readdirSync(join(folder, 'new', 'data'))).toEqual([]);
  });

  it('makes a key of 32 random bytes at its first use, another for each name', () => {
    const state = new CloudState(folder);
    const key = state.key('cosmos');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(state.key('cosmos')).toBe(key);
    expect(state.key('eventgrid')).not.toBe(key);
    const elsewhere = new CloudState(join(folder, 'elsewhere'));
    expect(elsewhere.key('cosmos')).not.toBe(key);
  });

  it('remembers ports, keys and accounts over a restart, readable by the owner alone', () => {
    const state = new CloudState(folder);
    state.setPort('cosmos.http', 8081);
    state.setStorageAccounts(['a', 'b']);
    const key = state.key('cosmos');
    const again = new CloudState(folder);
    expect(again.port('cosmos.http')).toBe(8081);
    expect(again.storageAccounts).toEqual(['a', 'b']);
    expect(again.key('cosmos')).toBe(key);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"ports":{"api":80'],
    ['no object', '[]'],
    ['null', 'null'],
    ['without keys', '{"ports":{},"storageAccounts":[]}'],
    ['with a port that is none', '{"ports":{"api":"8080"},"keys":{},"storageAccounts":[]}'],
    ['with a key that is none', '{"ports":{},"keys":{"api":5},"storageAccounts":[]}'],
    ['with an account that is none', '{"ports":{},"keys":{},"storageAccounts":[null]}'],
  ])('names a file that is %s in one line that says what to do, and leaves it', (_, text) => {
    writeFileSync(file(), text);
    const open = () => new CloudState(folder);
    expect(open).toThrow(UsageError);
    expect(open).toThrow(
      /^\S+state\.json cannot be used: .+ or delete it: the data stays, keys and ports are made anew\.$/,
    );
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  it('never breaks on what any file holds in another way than that', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        writeFileSync(file(), text);
        try {
          expect(new CloudState(folder).storageAccounts).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
    expect(existsSync(file())).toBe(true);
  });
});
