import type { LocalCloud } from '../cloud/localCloud.ts';

export type Inputs = Record<string, unknown>;

/** A resource of the program with its ARM id and what it answered. */
export interface Declared {
  type: string;
  /** Pulumi's name. */
  name: string;
  id: string;
  inputs: Inputs;
  outputs: Record<string, unknown>;
}

/** What the handlers share while a program is brought up. */
export interface Deployment {
  cloud: LocalCloud;
  /** Every resource declared so far, by ARM id (lower case). */
  resources: Map<string, Declared>;
}

/**
 * Order in which declared resources become real: stores and their parts, then the apps that use them, then what points
 * at running apps.
 */
export const STAGES = ['service', 'app', 'route'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * One type of Azure resource. `declare` answers at once, while the program is evaluated; `apply` makes the resource real
 * afterwards and may be repeated (as a PUT to ARM). A type without `apply` is only recorded, see docs/local-cloud.md.
 */
export interface ResourceHandler {
  type: string;
  declare(inputs: Inputs, deployment: Deployment): Answer | Promise<Answer>;
  stage?: Stage;
  apply?(resource: Declared, deployment: Deployment): Promise<void>;
}

export interface Answer {
  id: string;
  outputs: Record<string, unknown>;
}

const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000000';

/** `/subscriptions/…/resourceGroups/<group>/providers/<provider>/<type>/<name>[/<type>/<name>…]`. */
export function armId(inputs: Inputs, provider: string, ...path: string[]): string {
  return [resourceGroupId(text(inputs, 'resourceGroupName')), 'providers', provider, ...path].join('/');
}

export function resourceGroupId(name: string): string {
  return `${SUBSCRIPTION}/resourceGroups/${name}`;
}

/** A required text input. */
export function text(inputs: Inputs, property: string): string {
  const value = inputs[property];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`property "${property}" must be a text that is not empty; it is ${JSON.stringify(value)}.`);
}

/** A part of the inputs that is an object; empty if absent. */
export function part(inputs: Inputs, property: string): Inputs {
  return (inputs[property] ?? {}) as Inputs;
}

/** The declared resource of an ARM id. */
export function find(deployment: Deployment, id: string): Declared {
  const found = deployment.resources.get(id.toLowerCase());
  if (!found) throw new Error(`the program declares no resource ${id}`);
  return found;
}
