// Owns docs/load-balancer-conformance.md: what was seen at both, and why it differs where it does.
import type { Scenario, Suite } from './scenario.ts'

/** What a scenario has shown. */
export interface Seen {
  readonly scenario: Scenario
  readonly ours: string
  readonly reference: string
}

const HEAD = `# Load balancers beside haproxy and nginx

The same scenarios, run through Neargate's load balancers and through a reference: haproxy in TCP mode beside the Network
Load Balancer, nginx's stream module beside its datagrams, nginx as HTTP proxy beside the Application Load Balancer (all as
Debian 12 has them). This page is what
they have shown; \`npm run test:planes\` fails when it no longer does.
`

/** The page. */
export function pageOf(runs: readonly { readonly suite: Suite; readonly seen: readonly Seen[] }[]): string {
  return [HEAD, ...runs.map(({ suite, seen }) => sectionOf(suite, seen))].join('\n')
}

function sectionOf({ title, reference }: Suite, seen: readonly Seen[]): string {
  const same = seen.filter(({ ours, reference: theirs }) => ours === theirs)
  const different = seen.filter(({ ours, reference: theirs }) => ours !== theirs)
  return `## ${title}

${same.length} of ${seen.length} scenarios end alike.

| scenario | both |
|---|---|
${same.map(({ scenario, ours }) => row([scenario.name, ours])).join('\n')}

| scenario | Neargate | ${reference} | why |
|---|---|---|---|
${different.map(({ scenario, ours, reference: theirs }) => row([scenario.name, ours, theirs, scenario.why ?? ''])).join('\n')}
`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
