import { BuildError } from '../../scripts/build/buildError.ts';
import { UsageError } from '../pulumi/projectFiles.ts';

/** Faults of the machine that deserve a sentence rather than a stack. */
const MACHINE_FAULTS: Record<string, string> = {
  ENOSPC: 'The disk is full. Free some space, or keep the data elsewhere with --data DIR.',
  EACCES: 'A file or port may not be used by this account. Choose another folder (--data DIR) or port (--port N).',
  EROFS: 'The data folder is read-only. Choose another with --data DIR.',
  EADDRINUSE: 'A port is in use. Stop what listens there or choose another with --port N.',
  EMFILE: 'Too many files are open. Raise the limit (ulimit -n) and start again.',
};

/** What to print when a start fails: mistakes of the user in one line, faults of ours with their stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Errors of the program's own config carry this name, too: the program cannot import the local target.
  if (error instanceof UsageError || error instanceof BuildError || error.name === 'UserError') return error.message;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (MACHINE_FAULTS[code]) return `${MACHINE_FAULTS[code]} (${error.message})`;
  return error.stack ?? error.message;
}
