import type { Principal } from './accessTokens.ts';
import type { Directory, RoleAssignment } from './directory.ts';
import { allows, leastRoleFor, ROLE_DEFINITIONS } from './roles.ts';

/** An operation that no role assignment allows. The message names principal, action, scope and a role that would do. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
  readonly principalId: string;
  readonly action: string;
  readonly scope: string;

  constructor({ principalId, resourceId }: Principal, action: string, scope: string) {
    const role = leastRoleFor(action) ?? 'no built-in role';
    super(
      `The principal ${principalId} (${resourceId}) has no role assignment that allows ${action} on ${scope}. ` +
        `The built-in role "${role}" on that scope would allow it.`,
    );
    this.principalId = principalId;
    this.action = action;
    this.scope = scope;
  }
}

/** An operation that was refused. */
export interface Denial {
  principalId: string;
  action: string;
  scope: string;
}

const MAX_DENIALS = 1_000;

/** Decides by the role assignments of the program what a principal may do. */
export class AccessControl {
  readonly #directory: Directory;
  readonly #denials = new Map<string, Denial>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Whether one of the principal's roles, on the resource or above it, allows the action. */
  isAllowed({ principalId }: Principal, action: string, resourceId: string): boolean {
    const wanted = resourceId.toLowerCase();
    return this.#directory.content.assignments.some((assignment) => {
      return assignment.principalId === principalId && covers(assignment, wanted) && grants(assignment, action);
    });
  }

  /** Whether a role on the resource, above it or on any part of it allows the action. */
  isAllowedSomewhere(principal: Principal, action: string, resourceId: string): boolean {
    if (this.isAllowed(principal, action, resourceId)) return true;
    const whole = { scope: resourceId };
    return this.#directory.content.assignments.some((assignment) => {
      const isPart = covers(whole, assignment.scope.toLowerCase());
      return isPart && assignment.principalId === principal.principalId && grants(assignment, action);
    });
  }

  /** @throws {AccessDenied} when nothing allows the action */
  require(principal: Principal, action: string, resourceId: string): void {
    if (!this.isAllowed(principal, action, resourceId)) throw this.deny(principal, action, resourceId);
  }

  /** The refusal of an operation, which is remembered for `takeDenials`. */
  deny(principal: Principal, action: string, resourceId: string): AccessDenied {
    const { principalId } = principal;
    if (this.#denials.size < MAX_DENIALS) {
      this.#denials.set(`${principalId} ${action} ${resourceId}`, { principalId, action, scope: resourceId });
    }
    return new AccessDenied(principal, action, resourceId);
  }

  /** What was refused since the last call, each kind of operation once. */
  takeDenials(): Denial[] {
    const denials = [...this.#denials.values()];
    this.#denials.clear();
    return denials;
  }

  /** The role assignments have changed. */
  reload(): void {
    this.#directory.reload();
  }
}

function covers({ scope }: Pick<RoleAssignment, 'scope'>, resource: string): boolean {
  const from = scope.toLowerCase().replace(/\/+$/, '');
  return resource === from || resource.startsWith(`${from}/`);
}

function grants({ roleId }: RoleAssignment, action: string): boolean {
  const role = ROLE_DEFINITIONS.get(roleId.toLowerCase());
  return role !== undefined && allows(role, action);
}
