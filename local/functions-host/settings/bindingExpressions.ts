import { HostError } from '../hostError.ts';
import type { Binding } from '../app/coreTypes.ts';

/** Where app settings come from: `process.env`, or an object in tests. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** The binding with every `%NAME%` in its texts replaced by that app setting; throws `HostError` for a missing one. */
export function resolveBinding(binding: Binding, settings: Settings): Binding {
  const resolved = Object.entries(binding).map(([name, value]) => {
    if (typeof value !== 'string') return [name, value] as const;
    const text = value.replace(/%([^%]+)%/g, (_, setting: string) => {
      const found = settings[setting];
      if (found === undefined) {
        throw new HostError(
          `'%${setting}%' does not resolve to a value. It is in ${name} of the ${binding.type}; set the app setting ` +
            `${setting}.`,
        );
      }
      return found;
    });
    return [name, text] as const;
  });
  return Object.fromEntries(resolved) as Binding;
}
