import { describe, expect, it } from 'vitest';
import { documentedCommands } from './commands.ts';
import { readMarkdown } from './markdown.ts';

const page = (...lines: string[]) => readMarkdown('page.md', lines.join('\n'));

describe('documentedCommands', () => {
  it('finds lines of shell blocks, with continuations, comments and prompts', () => {
    const file = page('# Title', '```sh', '# first', 'npm run  build', '', '$ anything --at \\', '  all', '```');
    expect(documentedCommands([file])).toEqual([
      { command: 'npm run build', places: ['page.md:4'] },
      { command: 'anything --at all', places: ['page.md:6'] },
    ]);
  });

  it('finds commands in inline code and tables, and names every place', () => {
    const file = page('Run `npm test`, then', '| a | `npm test` |', '| b | `PORT=1 npm', 'start` or `.ci/run` |');
    expect(documentedCommands([file])).toEqual([
      { command: 'npm test', places: ['page.md:1', 'page.md:2'] },
      { command: 'PORT=1 npm start', places: ['page.md:3'] },
      { command: '.ci/run', places: ['page.md:4'] },
    ]);
  });

  it('finds commands in printed text, and leaves names and code alone', () => {
    const file = page(
      '`node`, `npm`, `curly x`',
      '```',
      '  curl http://x',
      '  API  http://y',
      '```',
      '```ts',
      'npm test',
      '```',
    );
    expect(documentedCommands([file])).toEqual([{ command: 'curl http://x', places: ['page.md:3'] }]);
  });
});

describe('readMarkdown', () => {
  it('finds links outside code, and the anchors of headings', () => {
    const file = page(
      '# A `b`: c-d!',
      '[x](docs/a.md#b) ![y](<p.svg> "title") `[no](link)`',
      '',
      '[ref]: ../other.md',
      '## A',
    );
    expect(file.links.map(({ text, line }) => `${line} ${text}`)).toEqual([
      '2 docs/a.md#b',
      '2 p.svg',
      '4 ../other.md',
    ]);
    expect(file.anchors).toEqual(new Set(['a-b-c-d', 'a']));
  });

  it('does not take what stands in a block for links, code or headings', () => {
    const file = page('~~~md', '# no', '`npm test` [no](link)', '```', '~~~', '`yes`');
    expect(file.links).toEqual([]);
    expect(file.anchors).toEqual(new Set());
    expect(file.codeSpans).toEqual([{ text: 'yes', line: 6 }]);
  });

  it('refuses a block that is never closed', () => {
    expect(() => page('text', '```sh', 'npm test')).toThrow('page.md:2: the block that starts here is never closed');
  });
});
