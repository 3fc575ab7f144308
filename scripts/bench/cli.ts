// Measures what a person or a test waits for most often: help, plans, and regions inside of a program. CPU, which tells
// more than the clock of a busy machine.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Figure } from './figure.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const WORKSHOP = join(root, 'examples/eks-workshop')
const RUNS = 9
const MANIFESTS = 10_000

/** Help and plans as commands; starts and resets in a program. */
export async function benchCli(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-cli-'))
  try {
    writeProject(directory)
    const cpu = (runs: number, ...args: string[]): number => median(times(runs, () => cpuOf(args)))
    return [
      { name: 'cli.help', value: cpu(RUNS, '--help'), unit: 'ms of CPU', note: 'target under 80' },
      { name: 'cli.plan', value: cpu(RUNS, 'plan', WORKSHOP), unit: 'ms of CPU', note: 'target under 400' },
      {
        name: 'cli.plan.many',
        value: cpu(3, 'plan', directory, '--json'),
        unit: 'ms of CPU',
        note: `${MANIFESTS} Deployments in one file; target under 2,000`,
      },
      ...inProgram(directory),
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const PROGRAM = `
const { startRegion } = await import(process.argv[1])
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const cpuOf = async (work) => {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1000, result]
}
const starts = [], resets = []
for (let run = 0; run < 9; run++) {
  const [ms, region] = await cpuOf(() => startRegion({ region: 'ap-southeast-1' }))
  starts.push(ms)
  if (run >= 6) await region.up(process.argv[2])
  resets.push((await cpuOf(() => region.reset()))[0])
  await region.stop()
}
console.log(JSON.stringify({ first: starts[0], start: median(starts), empty: median(resets.slice(0, 6)), full: median(resets.slice(6)) }))
`

/** What the library takes, in a process of its own, which has nothing loaded before. */
function inProgram(directory: string): readonly Figure[] {
  const library = join(root, 'dist/library/index.js')
  const program = ['--input-type=module', '--eval', PROGRAM, library, WORKSHOP]
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd: directory,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  const { first, start, empty, full } = JSON.parse(stdout) as Record<string, number>
  const figure = (name: string, value: number | undefined, note: string): Figure => ({
    name,
    value: Math.round(value ?? Number.NaN),
    unit: 'ms of CPU',
    note,
  })
  return [
    figure('library.start.first', first, 'startRegion(), which loads the region; target under 150'),
    figure('library.start', start, 'startRegion() once more in the process'),
    figure('library.reset', empty, 'region.reset(), empty; target under 20'),
    figure('library.reset.workshop', full, 'region.reset() with the workshop up'),
  ]
}

/** What a run of the program takes, its own start included. */
function cpuOf(args: readonly string[]): number {
  const command = [process.execPath, join(root, 'bin/neargate.js'), ...args]
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null'
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8' })
  // 1: the plan has errors, which does not keep it from being made.
  if (status !== 0 && status !== 1) throw new Error(stderr)
  const [user, system] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  return Math.round(((user ?? Number.NaN) + (system ?? 0)) * 1000)
}

function writeProject(directory: string): void {
  const config = readFileSync(join(WORKSHOP, 'cluster.yaml'))
  writeFileSync(join(directory, 'cluster.yaml'), config)
  const manifests = Array.from({ length: MANIFESTS }, (_, index) => {
    const name = `app-${index}`
    const template = {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          { name: 'c', image: 'nginx', resources: { requests: { cpu: '100m', memory: '128Mi' } } },
        ],
      },
    }
    const metadata = { name, namespace: index % 2 === 0 ? 'apps' : 'nginx-fargate' }
    const spec = { replicas: 1, selector: { matchLabels: { app: name } }, template }
    return yamlOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec })
  })
  writeFileSync(join(directory, 'apps.yaml'), manifests.join('---\n'))
}

// As people write it: nested blocks, not JSON.
function yamlOf(value: object, indent = ''): string {
  return Object.entries(value)
    .map(([key, each]: [string, unknown]) => {
      if (Array.isArray(each))
        return `${indent}${key}:\n${each.map((item: object) => `${indent}- ${yamlOf(item, `${indent}  `).trimStart()}`).join('')}`
      if (typeof each === 'object' && each !== null) return `${indent}${key}:\n${yamlOf(each, `${indent}  `)}`
      return `${indent}${key}: ${String(each)}\n`
    })
    .join('')
}

function times(count: number, measure: () => number): readonly number[] {
  return Array.from({ length: count }, measure)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
