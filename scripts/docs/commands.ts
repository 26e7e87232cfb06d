import type { MarkdownFile, TextAtLine } from './markdown.ts';

/** A shell command that a reader is told to run. */
export interface DocumentedCommand {
  command: string;
  /** `file:line` of each place that names it. */
  places: string[];
}

const SHELLS = ['sh', 'bash', 'zsh', 'shell', 'console', 'powershell'];

/** A text that starts so is a command, wherever it stands; a program's bare name is only a name. */
const COMMAND =
  /^(?:[A-Z_]+=\S+ )*(?:(?:npm|npx|node|pulumi|curl|git|az|docker|k6|python3?|bash|sh) \S|\.\/\S|\.ci\/\w)/;

/**
 * The commands of these files: each line of a shell block, and what looks like a command in inline code or in a block
 * without a language (a printed text). White space is folded, so a command has one spelling.
 */
export function documentedCommands(files: readonly MarkdownFile[]): DocumentedCommand[] {
  const places = new Map<string, string[]>();
  for (const file of files) {
    for (const { text, line } of commandsOf(file)) {
      const command = text.replace(/\s+/g, ' ').trim();
      places.set(command, [...(places.get(command) ?? []), `${file.path}:${line}`]);
    }
  }
  return [...places].map(([command, where]) => ({ command, places: where }));
}

function commandsOf(file: MarkdownFile): TextAtLine[] {
  const inBlocks = file.fences.flatMap(({ language, lines }) => {
    if (SHELLS.includes(language)) return shellCommands(lines);
    if (language === '' || language === 'text') return lines.filter(({ text }) => COMMAND.test(text.trim()));
    return [];
  });
  return [...inBlocks, ...file.codeSpans.filter(({ text }) => COMMAND.test(text))];
}

/** Joins continued lines, leaves comments and empty lines out, and takes a prompt off. */
function shellCommands(lines: readonly TextAtLine[]): TextAtLine[] {
  const commands: TextAtLine[] = [];
  let started: TextAtLine | undefined;
  for (const { text, line } of lines) {
    const joined: TextAtLine = started
      ? { text: `${started.text} ${text.trim()}`, line: started.line }
      : { text, line };
    started = undefined;
    if (text.endsWith('\\')) {
      started = { ...joined, text: joined.text.slice(0, -1) };
    } else {
      const command = joined.text.trim().replace(/^\$ /, '');
      if (command !== '' && !command.startsWith('#')) commands.push({ text: command, line: joined.line });
    }
  }
  return commands;
}
