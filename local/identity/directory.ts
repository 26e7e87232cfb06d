import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A managed identity of the program. */
export interface Identity {
  /** ARM id of the user-assigned identity, or of the resource that has a system-assigned one. */
  resourceId: string;
  /** Object id of its service principal: what role assignments name. */
  principalId: string;
  clientId: string;
}

/** A process that may ask for tokens, as a site on App Service may for the identities that are assigned to it. */
export interface TokenHolder {
  /** Name for error texts, for example `func-attune-local`. */
  name: string;
  /** Value of its `IDENTITY_HEADER`. */
  header: string;
  /** Resource ids of its user-assigned identities. */
  identities: string[];
  /** Resource id of its system-assigned identity. */
  systemAssigned?: string;
}

/** An Azure role assignment, or one of Cosmos DB's own. */
export interface RoleAssignment {
  /** ARM id of the assignment. */
  id: string;
  principalId: string;
  /** Last part of the role definition's id. */
  roleId: string;
  /** Resource id that it is limited to, everything below included. */
  scope: string;
}

/** What Microsoft Entra and Azure's access control know of a stack. */
export interface DirectoryContent {
  identities: Identity[];
  holders: TokenHolder[];
  assignments: RoleAssignment[];
}

/**
 * The directory of a local stack: a file that `npm start` writes and that the services read, at their start and when
 * they are told that it has changed. Readable by the owner alone.
 */
export class Directory {
  readonly #file: string;
  #content: DirectoryContent;

  constructor(file: string) {
    this.#file = file;
    this.#content = read(file);
  }

  get content(): Readonly<DirectoryContent> {
    return this.#content;
  }

  /** Reads the file again. */
  reload(): void {
    this.#content = read(this.#file);
  }

  write(content: DirectoryContent): void {
    this.#content = content;
    writeFileSync(`${this.#file}.new`, JSON.stringify(content, null, 2), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): DirectoryContent {
  if (!existsSync(file)) return { identities: [], holders: [], assignments: [] };
  return JSON.parse(readFileSync(file, 'utf8')) as DirectoryContent;
}
