import { describe, expect, it } from 'vitest';
import { errorDetails, jsonLog } from './log.ts';

describe('jsonLog', () => {
  it('writes a line per event, by the level of the longest category that is set', () => {
    const lines: string[] = [];
    const log = jsonLog({ default: 'warning', Function: 'information', 'Function.noisy': 'none' }, (line) =>
      lines.push(line),
    );
    log('information', 'Host.Startup', 'not written');
    log('warning', 'Host.Startup', 'written', { port: 1 });
    log('information', 'Function.ingest.User', 'written too');
    log('debug', 'Function.ingest', 'not written');
    log('critical', 'Function.noisy.User', 'not written');
    expect(lines.every((line) => line.endsWith('\n'))).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: expect.any(String), level: 'warning', category: 'Host.Startup', message: 'written', port: 1 },
      { time: expect.any(String), level: 'information', category: 'Function.ingest.User', message: 'written too' },
    ]);
  });
});

describe('errorDetails', () => {
  it('says something of errors without a message', () => {
    expect(errorDetails(new Error('broken')).error).toBe('broken');
    expect(errorDetails(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })).error).toBe('ECONNREFUSED');
    expect(errorDetails(new AggregateError([])).error).toBe('AggregateError');
  });
});
