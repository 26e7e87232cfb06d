import { FIDELITIES, SERVICES, type NamedCheck, type ServiceFolder } from './collectChecks.ts';

const START = '<!-- The part below is generated from the checks: npm run fidelity -->';
const END = '<!-- End of the generated part -->';

export type ChecksByService = Readonly<Record<ServiceFolder, readonly NamedCheck[]>>;

/** Markdown: how many checks of each service stand for what, then every check with a link from `docs/` to its file. */
export function fidelityTable(checks: ChecksByService): string {
  const services = Object.keys(SERVICES) as ServiceFolder[];
  const counts = services.map((service) => {
    const of = FIDELITIES.map((fidelity) => checks[service].filter((check) => check.fidelity === fidelity).length);
    return `| ${SERVICES[service]} | ${of.join(' | ')} |`;
  });
  return [
    `| service | ${FIDELITIES.join(' | ')} |`,
    '|---|---|---|---|',
    ...counts,
    ...services.flatMap((service) => serviceList(service, checks[service])),
  ].join('\n');
}

function serviceList(service: ServiceFolder, checks: readonly NamedCheck[]): string[] {
  // What differs or is refused comes first: it is what a reader looks for.
  const order = [...FIDELITIES.slice(1), FIDELITIES[0]];
  const sorted = order.flatMap((fidelity) => checks.filter((check) => check.fidelity === fidelity));
  const rows = sorted.map(
    ({ name, fidelity, file }) => `| ${fidelity} | ${cell(name)} | [${file.split('/').at(-1)}](../${file}) |`,
  );
  return [
    '',
    '<details>',
    `<summary>${SERVICES[service]}: ${checks.length} checks</summary>`,
    '',
    '| | behaviour | test |',
    '|---|---|---|',
    ...rows,
    '',
    '</details>',
  ];
}

/** Text of a table's cell: names may hold characters that Markdown or HTML would take for its own. */
function cell(text: string): string {
  return text.replace(/[|\\<>*_`[\]]/g, (character) =>
    character === '<' ? '&lt;' : character === '>' ? '&gt;' : `\\${character}`,
  );
}

/** The page with its generated part replaced. @throws {Error} when the page has no such part */
export function withFidelityTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(START), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`The page has no part between "${START}" and "${END}".`);
  return `${page.slice(0, from)}${START}\n\n${table}\n\n${page.slice(to)}`;
}
