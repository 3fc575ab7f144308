// Owns docs/conformance.md: each case with how it ended.
import type { Outcome } from './suite.ts'

export interface Result {
  readonly name: string
  /** Why the case needs a real container. */
  readonly need: string | undefined
  /** Missing for a case that was not run. */
  readonly outcome?: Outcome
}

export interface Report {
  readonly text: string
  readonly summary: string
  readonly failed: number
}

/** Sums up results by group. */
export function report(results: readonly Result[]): Report {
  const groups = Map.groupBy(results, ({ name }) => /^\[(sig-[a-z-]+)\]/.exec(name)?.[1] ?? '')
  const rows = [...groups].map(([group, members]) => ({ group, ...count(members) }))
  const total = count(results)
  const share = total.passed + total.failed === 0 ? 0 : (100 * total.passed) / (total.passed + total.failed)
  const summary = `${total.passed} pass, ${total.failed} fail, ${total.due} not run, ${total.needing} need containers: ${share.toFixed(1)} % of what ran`
  const table = [
    '| group | pass | fail | not run | need containers |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ group, passed, failed, due, needing }) =>
        `| ${group} | ${passed} | ${failed} | ${due} | ${needing} |`,
    ),
    `| all | ${total.passed} | ${total.failed} | ${total.due} | ${total.needing} |`,
  ]
  const sections = [...groups].map(([group, members]) => `## ${group}\n\n${members.map(line).join('\n')}\n`)
  return {
    text: [header(summary, lastDay(results)), table.join('\n'), '', ...sections].join('\n'),
    summary,
    failed: total.failed + total.due,
  }
}

/** The last day on which a case without containers was run. */
function lastDay(results: readonly Result[]): string | undefined {
  const days = results.flatMap(({ need, outcome }) => (need === undefined ? (outcome?.day ?? []) : []))
  return days.toSorted().at(-1)
}

function header(summary: string, day: string | undefined): string {
  return `# Conformance

Kubernetes' own conformance tests, unmodified, against a cluster of three EC2 nodes with stand-ins for containers
(\`test/conformance/cluster.yaml\`). Written by \`npm run test:conformance -- --binary e2e.test --write\`; \`e2e.test\` is
built from the Kubernetes version of the cluster, for which Go is needed.

Cases that look at what a process in a container does were run on the same cluster with Podman (\`--containers\`), on
images made of agnhost and of programs of one machine (\`npm run test:conformance:images\`). What has not passed there is
marked with its reason; what is marked ○ has not been run there.
${day === undefined ? '' : `The others ran last on ${day}.\n`}
${summary}.
`
}

interface Count {
  readonly passed: number
  readonly failed: number
  /** Could run without containers, and did not. */
  readonly due: number
  readonly needing: number
}

function count(results: readonly Result[]): Count {
  const passed = results.filter(({ outcome }) => outcome?.state === 'passes').length
  const needing = results.filter(({ need, outcome }) => need !== undefined && outcome === undefined).length
  const due = results.filter(({ need, outcome }) => need === undefined && outcome === undefined).length
  return { passed, failed: results.length - passed - needing - due, due, needing }
}

function line({ name, need, outcome }: Result): string {
  const title = name.replace(/^\[sig-[a-z-]+\] /, '').replace(' [Conformance]', '')
  const text = title.replaceAll('|', '\\|').replaceAll('<', '&lt;')
  if (outcome?.state === 'passes') return `- ✔ ${text}`
  if (outcome) return `- ✗ ${text} - fails: ${outcome.reason.replaceAll('<', '&lt;')}`
  return need === undefined ? `- ✗ ${text} - not run` : `- ○ ${text} - needs containers: ${need}`
}
