import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlError } from '../process/serviceHost.ts';
import type { CaptureSettings } from './capture/captureSettings.ts';
import { writeDurably } from './writeDurably.ts';

/** What was declared of a hub. */
export interface HubDeclaration {
  name: string;
  /** Name of its folder; a hub that is deleted and declared again gets another one. */
  id: string;
  partitionCount: number;
  retentionHours: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Without `$Default`. */
  consumerGroups: string[];
  /** Absent while its events are not captured. */
  capture?: CaptureSettings;
}

const HUB_NAME = /^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i;
const GROUP_NAME = /^[a-z0-9$]([a-z0-9._-]{0,48}[a-z0-9])?$/i;
const MAX_PARTITIONS = 1_024;
const MAX_RETENTION_HOURS = 90 * 24;

function declarationsPath(directory: string): string {
  return join(directory, 'hubs.json');
}

/**
 * The declared hubs, or undefined when nothing was ever declared.
 * @throws {ControlError} when the file is damaged
 */
export async function loadDeclarations(directory: string): Promise<HubDeclaration[] | undefined> {
  const path = declarationsPath(directory);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { hubs } = JSON.parse(text) as { hubs: HubDeclaration[] };
    if (Array.isArray(hubs)) return hubs;
    throw new Error('it has no list of hubs');
  } catch (error) {
    const reason = (error as Error).message;
    throw new ControlError(`${path} is damaged (${reason}): restore it, or delete its folder to start without events.`);
  }
}

/** Writes the declared hubs; after a crash the file is either the old or the new one. */
export async function saveDeclarations(directory: string, hubs: readonly HubDeclaration[]): Promise<void> {
  await writeDurably(declarationsPath(directory), `${JSON.stringify({ hubs }, null, 2)}\n`);
}

/** @throws {ControlError} naming the value and what is allowed */
export function requireHubName(name: unknown): string {
  const rule = 'letters, digits, ".", "-" and "_", at most 256 of them, with a letter or digit at both ends';
  return requireName('event hub', name, HUB_NAME, rule);
}

/** @throws {ControlError} naming the value and what is allowed */
export function requireGroupName(name: unknown): string {
  const rule = 'letters, digits, ".", "-" and "_", at most 50 of them, with a letter or digit at both ends';
  return requireName('consumer group', name, GROUP_NAME, rule);
}

/** @throws {ControlError} */
export function requirePartitionCount(value: unknown): number {
  return requireInteger('partitionCount', value, MAX_PARTITIONS);
}

/** @throws {ControlError} */
export function requireRetentionHours(value: unknown): number {
  return requireInteger('retentionHours', value, MAX_RETENTION_HOURS);
}

function requireName(what: string, name: unknown, form: RegExp, rule: string): string {
  if (typeof name === 'string' && form.test(name)) return name;
  throw new ControlError(`${JSON.stringify(name)} is no name of a ${what}: use ${rule}.`);
}

function requireInteger(what: string, value: unknown, highest: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= highest) return value;
  throw new ControlError(`${what} is ${JSON.stringify(value)}: use a whole number from 1 to ${highest}.`);
}
