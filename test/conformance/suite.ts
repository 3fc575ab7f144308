// Owns running Kubernetes' own conformance tests: the list of cases, and one case against one cluster.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a case ended, and on which day; `reason` is the first line of what the test says. */
export type Outcome = { readonly seconds: number; readonly day?: string } & (
  | { readonly state: 'passes' }
  | { readonly state: 'fails'; readonly reason: string }
)

export interface Suite {
  /** Path of `e2e.test`, built from the Kubernetes version of the cluster. */
  readonly binary: string
  readonly kubeconfig: string
  /** Seconds that one case may take. */
  readonly limit: number
}

interface SpecReport {
  readonly ContainerHierarchyTexts: readonly string[] | null
  readonly LeafNodeText: string
  readonly LeafNodeType: string
  readonly State: string
  readonly RunTime: number
  readonly Failure?: { readonly Message: string }
}

/** Names of all conformance cases that the binary has. */
export async function conformanceCases({ binary }: Pick<Suite, 'binary'>): Promise<readonly string[]> {
  const reports = await ginkgo(binary, ['--ginkgo.dry-run', '--ginkgo.focus=\\[Conformance\\]'])
  return reports
    .filter(({ State }) => State === 'passed')
    .map(nameOf)
    .toSorted()
}

/** Runs one case by its whole name. */
export async function runCase(suite: Suite, name: string): Promise<Outcome> {
  const { binary, kubeconfig, limit } = suite
  const started = performance.now()
  const reports = await ginkgo(binary, [
    `--kubeconfig=${kubeconfig}`,
    '--provider=skeleton',
    // Before the name stands the suite's own.
    `--ginkgo.focus=${RegExp.escape(name)}$`,
    `--ginkgo.timeout=${limit}s`,
    '--ginkgo.grace-period=5s',
    '--allowed-not-ready-nodes=-1',
    // What it would collect takes minutes.
    '--dump-logs-on-failure=false',
  ])
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const ran = reports.filter(({ State }) => State !== 'skipped')
  const day = new Date().toISOString().slice(0, 10)
  if (ran.length === 1 && ran[0]?.State === 'passed') return { state: 'passes', seconds, day }
  return { state: 'fails', seconds, day, reason: reasonOf(ran, reports, limit) }
}

function reasonOf(ran: readonly SpecReport[], all: readonly SpecReport[], limit: number): string {
  const report = ran.find(({ State }) => State !== 'passed') ?? all[0]
  if (report?.State === 'timedout') return `not done after ${limit} s`
  const message = report?.Failure?.Message ?? 'the program ended without a report'
  return message.split('\n')[0]?.trim().slice(0, 200) ?? ''
}

function nameOf({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string {
  return [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(' ')
}

/** Runs the binary to its end. @returns what it reports of each test. */
async function ginkgo(binary: string, args: readonly string[]): Promise<readonly SpecReport[]> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-conformance-'))
  const report = join(directory, 'report.json')
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(binary, [...args, `--ginkgo.json-report=${report}`], {
        cwd: directory,
        stdio: 'ignore',
      })
      child.once('error', reject)
      child.once('exit', () => resolve())
    })
    return readReport(report)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function readReport(path: string): readonly SpecReport[] {
  const suites = JSON.parse(readFileSync(path, 'utf8')) as readonly {
    readonly SpecReports: readonly SpecReport[] | null
  }[]
  return suites
    .flatMap(({ SpecReports }) => SpecReports ?? [])
    .filter(({ LeafNodeType }) => LeafNodeType === 'It')
}
