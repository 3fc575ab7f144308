// Owns `npm run test:kubernetes`: objects of every kind with one place made wrong, created, updated and patched at the API
// server of this checkout and at kube-apiserver, and where the two answer otherwise. NEARGATE_PEERS names a directory with
// etcd and kube-apiserver; KUBERNETES_ANSWERS one that keeps what the latter says, for the next time, and all differences. Arguments: kinds;
// `--all` tells every group of differences.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

import { UserError } from '../../src/base/errors.ts'
import {
  difference,
  groupsOf,
  sorts,
  type Answer,
  type Asked,
  type Difference,
  type Sort,
} from './kubernetes/compare.ts'
import { runSeed, readSeeds, type Seed } from './kubernetes/run-seed.ts'
import { ourServer, theirServer, type Server } from './kubernetes/servers.ts'

/** How many may be taken here that Kubernetes refuses; none may be refused here alone. */
const MOST_TAKEN = 100
const GROUPS_TOLD = 25

const peers = process.env['NEARGATE_PEERS']
if (peers === undefined || !existsSync(join(peers, 'kube-apiserver')) || !existsSync(join(peers, 'etcd')))
  throw new UserError('NEARGATE_PEERS must name a directory with kube-apiserver and etcd')
const directory = process.env['KUBERNETES_ANSWERS']
if (directory !== undefined) mkdirSync(directory, { recursive: true })
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const tellsAll = process.argv.includes('--all')

/** Started when it is first asked. */
let there: Promise<Server> | undefined

/** What kube-apiserver says to all that is asked about a seed. */
async function theirAnswers(seed: Seed): Promise<readonly Answer[]> {
  const file = directory === undefined ? undefined : join(directory, `${seed.name.replace(' ', '-')}.json.gz`)
  // Written below, by this version of the script or an earlier one.
  const kept = (
    file !== undefined && existsSync(file) ? JSON.parse(gunzipSync(readFileSync(file)).toString()) : {}
  ) as Record<string, Answer>
  const known = seed.asks.flatMap((ask) => kept[keyOf(ask)] ?? [])
  if (known.length === seed.asks.length) return known
  const answers = await runSeed(await (there ??= theirServer(peers ?? '')), seed)
  if (file !== undefined) {
    const keyed = Object.fromEntries(answers.map((answer, index) => [keyOf(seed.asks[index]), answer]))
    writeFileSync(file, gzipSync(JSON.stringify(keyed)))
  }
  return answers
}

function keyOf(ask: Asked | undefined): string {
  return JSON.stringify([ask?.verb, ask?.path, ask?.value])
}

function compared(seed: Seed, ours: readonly Answer[], theirs: readonly Answer[]): readonly Difference[] {
  return seed.asks.flatMap((ask, index) => {
    const [our, their] = [ours[index], theirs[index]]
    return our && their ? (difference(ask, our, their) ?? []) : []
  })
}

function inLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

function tell(differences: readonly Difference[]): void {
  const groups = groupsOf(differences)
  // The keys are those of the table.
  for (const [sort, title] of Object.entries(sorts) as [Sort, string][]) {
    const ofSort = groups.filter((group) => group.sort === sort)
    const count = ofSort.reduce((sum, group) => sum + group.count, 0)
    console.log(`\n${title}: ${count} in ${ofSort.length} groups`)
    for (const { kind, place, count: times, example } of tellsAll ? ofSort : ofSort.slice(0, GROUPS_TOLD)) {
      console.log(
        `  ${times} × ${kind} ${place} (${example.verb} ${JSON.stringify(example.value)?.slice(0, 200)})`,
      )
      for (const line of example.ours) console.log(`      here  ${line.slice(0, 300)}`)
      for (const line of example.theirs) console.log(`      there ${line.slice(0, 300)}`)
    }
  }
}

const seeds = readSeeds().filter(({ name }) => asked.length === 0 || asked.includes(name.split(' ')[0] ?? ''))
const here = await ourServer()
const all: Difference[] = []
try {
  for (const seed of seeds) {
    const found = compared(seed, await runSeed(here, seed), await theirAnswers(seed))
    all.push(...found)
    const counts = Object.keys(sorts).map((sort) => found.filter((one) => one.sort === sort).length)
    console.log(`${seed.name}: ${seed.asks.length} requests, ${counts.join(' ')}`)
    if (directory !== undefined) writeFileSync(join(directory, 'differences.jsonl'), inLines(all))
  }
} finally {
  await (await there)?.stop()
}
tell(all)
const of = (sort: Sort): number => all.filter((one) => one.sort === sort).length
process.exit(of('only-there') === 0 && of('only-here') <= MOST_TAKEN ? 0 : 1)
