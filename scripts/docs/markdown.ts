import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block: the language after the fence (empty without one) and its lines with their numbers. */
export interface Fence {
  language: string;
  lines: TextAtLine[];
}

export interface TextAtLine {
  text: string;
  /** From 1. */
  line: number;
}

/** One Markdown file, taken apart as far as the checks of the documentation need it. */
export interface MarkdownFile {
  /** Path inside the repository, with slashes. */
  path: string;
  fences: Fence[];
  codeSpans: TextAtLine[];
  /** Targets of links and images, as written. */
  links: TextAtLine[];
  /** What `#...` may name: the headings as GitHub turns them into anchors. */
  anchors: Set<string>;
}

/** Every Markdown file of the tree at `root`, without what is installed or built. */
export function markdownFiles(root: string): MarkdownFile[] {
  const paths = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', 'dist', '.*'] });
  return paths.sort().map((path) => readMarkdown(path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')));
}

/** Reads one file. Throws when a fence is not closed, because everything after it would pass as code. */
export function readMarkdown(path: string, text: string): MarkdownFile {
  const { fences, prose } = separateFences(path, text.split('\n'));
  const codeSpans = findAll(prose, /(?<!`)(`+)(?!`)((?:(?!\n\s*\n)[\s\S])+?)(?<!`)\1(?!`)/g, 2);
  const withoutCode = prose.replace(/`[^`]*`/g, (span) => span.replace(/[^\n]/g, ' '));
  const inline = findAll(withoutCode, /\]\(\s*<?([^)\s>]+)>?[^)]*\)/g, 1);
  const definitions = findAll(withoutCode, /^\[[^\]]+\]:\s*(\S+)/gm, 1);
  const headings = [...prose.matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading]) => anchorOf(heading));
  return { path, fences, codeSpans, links: [...inline, ...definitions], anchors: new Set(headings) };
}

function separateFences(path: string, lines: string[]): { fences: Fence[]; prose: string } {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: (Fence & { mark: string; line: number }) | undefined;
  lines.forEach((text, index) => {
    const fence = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(text);
    prose.push(open || fence ? '' : text);
    if (!open) {
      if (fence) open = { mark: fence[1], language: fence[2], lines: [], line: index + 1 };
    } else if (fence?.[1].startsWith(open.mark) && fence[2] === '') {
      fences.push({ language: open.language, lines: open.lines });
      open = undefined;
    } else {
      open.lines.push({ text, line: index + 1 });
    }
  });
  if (open)
    throw new Error(`${path}:${open.line}: the block that starts here is never closed. Close it with ${open.mark}`);
  return { fences, prose: prose.join('\n') };
}

function findAll(text: string, pattern: RegExp, group: number): TextAtLine[] {
  return [...text.matchAll(pattern)].map((match) => ({
    text: match[group].replace(/\s+/g, ' ').trim(),
    line: text.slice(0, match.index).split('\n').length,
  }));
}

function anchorOf(heading: string): string {
  const kept = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return kept.trim().replaceAll(' ', '-');
}
