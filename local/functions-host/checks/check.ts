import type { Stage } from './stage.ts';

/** How a behaviour of this host relates to the real one. */
export type Fidelity =
  /** The same, by the sources and the documentation of Azure Functions. */
  | 'like Azure'
  /** On purpose another one; the name says which. */
  | 'differs'
  /** Azure does something here that this host does not, and says so at the start. */
  | 'refused';

/** One named behaviour of the host that apps rely on; its name reads as a sentence. */
export interface Check {
  name: string;
  fidelity: Fidelity;
  run(stage: Stage): Promise<void>;
}
