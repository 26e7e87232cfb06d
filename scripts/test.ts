import { startVitest } from 'vitest/node';

/**
 * `npm test`: every test, or those whose files match the arguments (`npm test -- lanes`); `--watch` repeats on changes.
 * Closes with the line `N passed, N failed`. A file that cannot be loaded counts as a failure.
 */
const args = process.argv.slice(2);
const watch = args.includes('--watch');
const filters = args.filter((argument) => argument !== '--watch');
const vitest = await startVitest('test', filters, { watch, run: !watch });

if (!watch) {
  const counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0, pending: 0 };
  for (const module of vitest.state.getTestModules()) {
    for (const test of module.children.allTests()) counts[test.result().state] += 1;
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
  }
  await vitest.close();
  const skipped = counts.skipped + counts.pending;
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  process.exit();
}
