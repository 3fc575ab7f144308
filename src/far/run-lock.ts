// Owns the lock that keeps two runs of `up` and `down` for one cluster of an account apart: a parameter of Systems Manager.
import { hostname } from 'node:os'

import type { SSMClient } from '@aws-sdk/client-ssm'

import { wallTime, type Clock, type Timer } from '../base/clock.ts'
import { isAwsCode, messageOf, UserError } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { randomIds } from '../base/ids.ts'
import type { Cloud } from '../deploy/cloud.ts'
import { explainRefusal } from '../deploy/refusal.ts'

const RENEWED_EVERY_MS = 60_000
/** A run that was not heard of for so long is taken for dead. */
const DEAD_AFTER_MS = 5 * 60_000
/** Runs of this process that hold a lock. */
const living = new Set<string>()

export interface RunLock {
  /** Lets the next run in. Never fails: a lock that stays is dead after some minutes. */
  release(): Promise<void>
}

export interface LockOptions {
  readonly cluster: string
  /** `up` or `down` */
  readonly command: string
  /** Who runs it. */
  readonly callerArn: string
  readonly clock: Clock
  /** Told when the account does not permit a lock: the run goes on without one. */
  warn(text: string): void
}

/** What a lock says of the run that holds it. */
interface Holder {
  readonly run: string
  readonly command: string
  readonly callerArn: string
  readonly host: string
  readonly pid: number
  /** Epoch milliseconds. */
  readonly heardMs: number
}

/** The name of the parameter. */
export function lockName(cluster: string): string {
  return `/neargate/runs/${cluster}`
}

/**
 * Takes the lock of a cluster. One that a run on this machine left when it was killed is taken over at once.
 * @throws UserError when another run holds it
 */
export async function takeRunLock(cloud: Cloud, options: LockOptions): Promise<RunLock> {
  const client = await cloud.ssm()
  const own: Omit<Holder, 'heardMs'> = {
    run: randomIds.uuid(),
    command: options.command,
    callerArn: options.callerArn,
    host: hostname(),
    pid: process.pid,
  }
  living.add(own.run)
  try {
    await acquire(client, own, options)
  } catch (error) {
    living.delete(own.run)
    if (!isAwsCode(error, 'AccessDeniedException'))
      throw explainRefusal(error, `taking the lock ${lockName(options.cluster)}`)
    options.warn(`no lock keeps another run apart: ${messageOf(error)}`)
    return { release: async () => undefined }
  }
  return held(client, own, options)
}

/** Removes the lock of a run that died, where no further one takes it over. A lock of a run that lives stays. */
export async function dropDeadLock(
  cloud: Cloud,
  { cluster, clock }: Pick<LockOptions, 'cluster' | 'clock'>,
): Promise<void> {
  const client = await cloud.ssm()
  try {
    const holder = await read(client, cluster)
    if (!holder || !isDead(holder, wallTime(clock))) return
    const { DeleteParameterCommand } = await import('@aws-sdk/client-ssm')
    await client.send(new DeleteParameterCommand({ Name: lockName(cluster) }))
  } catch {
    // It keeps nobody out, and costs nothing.
  }
}

async function acquire(client: SSMClient, own: Omit<Holder, 'heardMs'>, options: LockOptions): Promise<void> {
  if (await write(client, own, options, { overwrites: false })) return
  const holder = await read(client, options.cluster)
  // The answer was lost, and the SDK has asked again.
  if (holder?.run === own.run) return
  const nowMs = wallTime(options.clock)
  if (holder && !isDead(holder, nowMs)) throw taken(holder, options, nowMs)
  // Of two that take a dead lock over, the one that wrote last has it.
  await write(client, own, options, { overwrites: true })
  const now = await read(client, options.cluster)
  if (now && now.run !== own.run) throw taken(now, options, nowMs)
}

function isDead({ run, host, pid, heardMs }: Holder, nowMs: number): boolean {
  if (nowMs - heardMs > DEAD_AFTER_MS) return true
  if (host !== hostname()) return false
  // One of this process that has ended, or of an earlier one with its id, could not remove its lock.
  return pid === process.pid ? !living.has(run) : !runs(pid)
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: somebody else's process of that id, which runs.
    return isObject(error) && error['code'] === 'EPERM'
  }
}

function taken(
  { command, callerArn, host, heardMs }: Holder,
  { cluster }: LockOptions,
  nowMs: number,
): UserError {
  const seconds = Math.max(0, Math.round((nowMs - heardMs) / 1000))
  return new UserError(
    `another run is at work on the cluster ${cluster}: ${command} by ${callerArn} on ${host}, heard of ${seconds} s ago`,
    {
      help: `Wait until it ends. If it does not run any longer, its lock ends after five minutes, or with: aws ssm delete-parameter --name ${lockName(cluster)}`,
    },
  )
}

function held(client: SSMClient, own: Omit<Holder, 'heardMs'>, options: LockOptions): RunLock {
  const { clock, cluster } = options
  let isReleased = false
  let timer: Timer
  // A machine that slept for long has been taken for dead: the lock may be another run's by now.
  const isOurs = async (): Promise<boolean> => {
    const holder = await read(client, cluster)
    return holder === undefined || holder.run === own.run
  }
  const renewOnce = async (): Promise<void> => {
    if (await isOurs()) await write(client, own, options, { overwrites: true })
  }
  const renew = (): void => {
    if (isReleased) return
    // What cannot be renewed now is tried again in time.
    void renewOnce().catch(() => undefined)
    timer = clock.after(RENEWED_EVERY_MS, renew)
  }
  timer = clock.after(RENEWED_EVERY_MS, renew)
  return {
    async release() {
      isReleased = true
      living.delete(own.run)
      timer.cancel()
      try {
        if (!(await isOurs())) return
        const { DeleteParameterCommand } = await import('@aws-sdk/client-ssm')
        await client.send(new DeleteParameterCommand({ Name: lockName(cluster) }))
      } catch {
        // It is dead after some minutes.
      }
    },
  }
}

/** @returns false when there is one and it was not to be overwritten */
async function write(
  client: SSMClient,
  own: Omit<Holder, 'heardMs'>,
  { cluster, clock }: LockOptions,
  { overwrites }: { readonly overwrites: boolean },
): Promise<boolean> {
  const { PutParameterCommand } = await import('@aws-sdk/client-ssm')
  const holder: Holder = { ...own, heardMs: wallTime(clock) }
  try {
    await client.send(
      new PutParameterCommand({
        Name: lockName(cluster),
        Type: 'String',
        Value: JSON.stringify(holder),
        Overwrite: overwrites,
      }),
    )
    return true
  } catch (error) {
    if (isAwsCode(error, 'ParameterAlreadyExists')) return false
    throw error
  }
}

async function read(client: SSMClient, cluster: string): Promise<Holder | undefined> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm')
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: lockName(cluster) }))
    const value: unknown = JSON.parse(Parameter?.Value ?? '{}')
    // Written by this program, of whatever version.
    return isObject(value) && typeof value['heardMs'] === 'number' ? (value as unknown as Holder) : undefined
  } catch (error) {
    if (isAwsCode(error, 'ParameterNotFound')) return undefined
    throw error
  }
}
