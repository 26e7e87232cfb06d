/**
 * Preloaded (`node --import`) into programs that do not know that they run in the local cloud: standard input is held
 * open by the owner, so its end means that the owner is gone, even when it was killed.
 */
process.stdin
  .once('end', () => process.kill(process.pid, 'SIGTERM'))
  .once('error', () => process.kill(process.pid, 'SIGTERM'))
  .resume();
process.stdin.unref?.();
