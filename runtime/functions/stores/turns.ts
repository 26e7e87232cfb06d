/** Runs the tasks of one key one after the other, in the order of the calls; those of different keys side by side. */
export function turns(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>();
  return async (key, task) => {
    const before = last.get(key);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    last.set(key, ended);
    await before;
    try {
      return await task();
    } finally {
      end();
      if (last.get(key) === ended) last.delete(key);
    }
  };
}
