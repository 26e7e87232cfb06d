import { ControlError } from '../../process/serviceHost.ts';

/** A project that cannot be run. The message is one line: file, place, what is wrong, the fix. */
export class ProjectError extends ControlError {
  override readonly name = 'ProjectError';

  constructor(args: { file: string; fault: string }) {
    super(`${args.file}: ${args.fault}`);
  }

  /** What `work` gives, or the `ProjectError` that it throws. */
  static caught<T>(work: () => T): T | ProjectError {
    try {
      return work();
    } catch (error) {
      if (error instanceof ProjectError) return error;
      throw error;
    }
  }
}
