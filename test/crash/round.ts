// Owns one round of the campaign: a cluster is built, written to, rolled out and removed, and killed in each of these.
import { setTimeout as sleep } from 'node:timers/promises'

import { deployments } from '../../src/kubernetes/client/resources.ts'
import { eventually } from '../support/poll.ts'
import type { Finished } from '../support/program.ts'
import { openClients, type Clients } from './clients.ts'
import { Failure } from './failure.ts'
import { faultsOf, leftovers, sweep } from './observe.ts'
import type { Random } from './random.ts'
import type { Victim } from './victim.ts'
import { Account, write } from './writers.ts'

const STEP_MS = 5
const PROJECT = 'examples/eks-workshop'
const CLUSTER = 'eksworkshop'
const DEPLOYMENT = { namespace: 'nginx-fargate', name: 'nginx-fargate' }

/** What was being done when the region was killed. */
export type Moment = 'start' | 'up' | 'writes' | 'down'

export interface Campaign {
  readonly victim: Victim
  readonly random: Random
  /** What the writers of each round so far were told. */
  readonly accounts: Account[]
  /** How many kills have met the region in each moment. */
  readonly kills: Record<Moment, number>
  /** How long the last undisturbed run took: kills are spread over that time. */
  readonly lastsMs: Record<Moment, number>
}

/** Runs one round; everything that it made is gone afterwards. @throws Failure */
export async function runRound(campaign: Campaign, prefix: string): Promise<void> {
  await build(campaign)
  await writeAndRollOut(campaign, prefix)
  await takeDown(campaign)
  await assertNothingLeft(campaign)
  await campaign.victim.end()
}

/** `up` is killed, and run again. */
async function build(campaign: Campaign): Promise<void> {
  const { victim } = campaign
  await killDuring(campaign, 'up', () => victim.neargate('up', PROJECT, '--json'))
  const result = JSON.parse(await timed(campaign, 'up', () => victim.must('up', PROJECT, '--json'))) as {
    readonly loadBalancers: readonly { readonly service: string; readonly httpStatus: number }[]
  }
  const wrong = result.loadBalancers.filter(({ httpStatus }) => httpStatus !== 200)
  if (result.loadBalancers.length !== 2 || wrong.length > 0)
    throw new Failure(`after up: ${JSON.stringify(result.loadBalancers)}`)
}

/** Writers and a rollout are on while the region is killed; it is killed in its start too. */
async function writeAndRollOut(campaign: Campaign, prefix: string): Promise<void> {
  const { victim, accounts, random } = campaign
  const account = new Account()
  accounts.push(account)
  const before = await openClients(victim, CLUSTER)
  const stop = new AbortController()
  const writing = write(before, account, { prefix, signal: stop.signal })
  const image = `public.ecr.aws/nginx/nginx:${prefix}`
  await rollOut(before, image).catch(() => undefined)
  // Never at once: the writers need a moment to have something on its way.
  await sleep((0.2 + 0.8 * random()) * campaign.lastsMs.writes)
  if (await victim.kill()) campaign.kills.writes += 1
  stop.abort()
  await writing
  before.close()
  await killDuring(campaign, 'start', () => victim.neargate('start'))
  await timed(campaign, 'start', () => victim.must('start'))
  const after = await openClients(victim, CLUSTER)
  try {
    const faults = await faultsOf(after, account, prefix)
    if (faults.length > 0) throw new Failure(faults.join('\n'))
    await assertRolledOut(after, image)
    await sweep(after, prefix)
  } finally {
    after.close()
  }
}

function rollOut({ kubernetes }: Clients, image: string): Promise<unknown> {
  const container = { name: DEPLOYMENT.name, image }
  const body = { spec: { template: { spec: { containers: [container] } } } }
  return kubernetes?.patch(deployments, DEPLOYMENT, body, { type: 'strategic' }) ?? Promise.resolve()
}

// The request for it may have been cut off by the kill: sent again, it must come to its end.
async function assertRolledOut(clients: Clients, image: string): Promise<void> {
  await rollOut(clients, image)
  await eventually(async () => {
    const found = await clients.kubernetes?.get(deployments, DEPLOYMENT)
    const { observedGeneration, updatedReplicas, availableReplicas, replicas } = found?.status ?? {}
    const isDone =
      observedGeneration === found?.metadata.generation &&
      [updatedReplicas, availableReplicas, replicas].every((count) => count === found?.spec?.replicas)
    return isDone ? true : undefined
  }, `the rollout of ${image}`)
}

/** `down` is killed, and run again. */
async function takeDown(campaign: Campaign): Promise<void> {
  const { victim } = campaign
  await killDuring(campaign, 'down', () => victim.neargate('down', PROJECT))
  // `down` removes nothing from a region that does not run.
  await victim.must('start')
  await timed(campaign, 'down', () => victim.must('down', PROJECT))
}

async function assertNothingLeft({ victim }: Campaign): Promise<void> {
  // Whether `down` has ended the region depends on who started it last.
  await victim.must('start')
  const clients = await openClients(victim, CLUSTER)
  try {
    const left = await leftovers(clients)
    if (left.length > 0) throw new Failure(`left after down:\n${left.join('\n')}`)
  } finally {
    clients.close()
  }
}

/** Kills the region at some moment of what is done; what is done may end before. */
async function killDuring(
  { victim, random, kills, lastsMs }: Campaign,
  moment: Moment,
  work: () => Promise<Finished>,
): Promise<void> {
  let isOver = false
  const running = work().finally(() => (isOver = true))
  await sleep(random() * lastsMs[moment])
  // The region may be about to be started only.
  let isKilled = await victim.kill()
  while (!isKilled && !isOver) {
    await sleep(STEP_MS)
    isKilled = await victim.kill()
  }
  if (isKilled) kills[moment] += 1
  await running
}

async function timed<T>({ lastsMs }: Campaign, moment: Moment, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  lastsMs[moment] = performance.now() - started
  return result
}
