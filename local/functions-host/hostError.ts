import { ControlError } from '../process/serviceHost.ts';

/** The app or a setting is not usable as it is. The message is one line for whoever runs the app; no stack is shown. */
export class HostError extends ControlError {
  override readonly name = 'HostError';
}
