// Owns writing logs to buckets: lines of a log of a load balancer come together in one file every five minutes, in the bucket that its
// attributes name.
import { randomInt } from 'node:crypto'
import { gzip } from 'node:zlib'
import { promisify } from 'node:util'

import { AwsError, isRefusal, messageOf } from '../../../../base/errors.ts'
import type { Clock } from '../../../../base/clock.ts'
import { takesLogs } from '../../../../rules/load-balancer/log-bucket.ts'
import type { ServiceDeps } from '../../../protocol/service.ts'
import { logFolder, logKey, type LogName } from './lines.ts'

/** "Elastic Load Balancing publishes a log file for each load balancer node every 5 minutes." */
const INTERVAL_MINUTES = 5
const MINUTE_MS = 60_000
/** However fast the region is: a file for each request would be no log. */
const SHORTEST_MS = 2000
/** Of one file; more lines begin another. */
const MOST_LINES = 50_000

const compress = promisify(gzip)

/** Where a log of a load balancer goes. */
export interface LogTarget {
  readonly log: LogName
  readonly loadBalancerArn: string
  /** `app/NAME/ID`, `net/NAME/ID`, or the name of a Classic Load Balancer. */
  readonly path: string
  readonly kind: 'application' | 'network' | 'classic'
  readonly bucket: string
  readonly prefix: string
  /** Of its node; network load balancers do not name it. */
  readonly ip?: string
  /** How often files come; 5 when absent. */
  readonly intervalMinutes?: number
}

interface Pending {
  readonly target: LogTarget
  readonly lines: string[]
}

/** What enabling a log leaves in the bucket: the name of the file and what it says. */
const TESTS: Readonly<Record<LogName, string>> = {
  access_logs: 'AccessLog',
  connection_logs: 'ConnectionLog',
}

/** The logs of load balancers of a region. What is still pending when the region ends is lost: AWS delivers as well as it can, too. */
export class AccessLogs {
  readonly #deps: ServiceDeps
  readonly #clock: Clock
  readonly #pending = new Map<string, Pending>()

  constructor(deps: ServiceDeps) {
    this.#deps = deps
    this.#clock = deps.clock
  }

  /**
   * Looks whether the bucket takes logs, and leaves the file there by which AWS shows that it does.
   * @throws AwsError InvalidConfigurationRequest
   */
  async prepare(target: LogTarget): Promise<void> {
    const { accountId } = this.#deps
    const key = `${logFolder({ ...target, accountId })}/ELB${TESTS[target.log]}TestFile`
    if (!(await this.#isTaken(target, key))) throw denied(target.bucket)
    const text = `Enable ${TESTS[target.log]} for ELB: ${target.path} at ${new Date(this.#clock.now()).toISOString()}`
    await this.#put(target, key, Buffer.from(text)).catch(() => {
      throw denied(target.bucket)
    })
  }

  /** Takes a line; it is delivered with those of the same five minutes. */
  add(target: LogTarget, line: string): void {
    const id = `${target.log} ${target.loadBalancerArn} ${target.bucket} ${target.prefix}`
    const there = this.#pending.get(id)
    if (there) {
      there.lines.push(line)
      if (there.lines.length >= MOST_LINES) this.#flush(id)
      return
    }
    this.#pending.set(id, { target, lines: [line] })
    const { intervalMinutes = INTERVAL_MINUTES } = target
    const pauseMs = Math.max(SHORTEST_MS, intervalMinutes * MINUTE_MS * this.#deps.pace)
    this.#clock.after(pauseMs, () => this.#flush(id))
  }

  #flush(id: string): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (!pending) return
    this.#deliver(pending).catch((error: unknown) => {
      // As on AWS: nobody is told, but the logs are missing.
      const { log, bucket, loadBalancerArn } = pending.target
      this.#deps.log.warn(`${log} were not written: ${messageOf(error)}`, { bucket, loadBalancerArn })
    })
  }

  async #deliver({ target, lines }: Pending): Promise<void> {
    const { accountId, region } = this.#deps
    // Those of Classic Load Balancers are not compressed.
    const isCompressed = target.kind !== 'classic'
    const key = logKey({
      isCompressed,
      log: target.log,
      prefix: target.prefix,
      accountId,
      region,
      loadBalancer: target.path,
      endMs: this.#clock.now(),
      ...(target.ip !== undefined && { ip: target.ip }),
      random: randomName(),
    })
    if (!(await this.#isTaken(target, key))) throw denied(target.bucket)
    const text = `${lines.join('\n')}\n`
    await this.#put(target, key, isCompressed ? await compress(text) : Buffer.from(text))
  }

  async #isTaken(target: LogTarget, key: string): Promise<boolean> {
    const { region, accountId, caller } = this.#deps
    try {
      const { Policy } = await caller.call<{ Policy?: string }>('s3', 'GetBucketPolicy', {
        Bucket: target.bucket,
      })
      return Policy !== undefined && takesLogs(Policy, { ...target, region, accountId, key })
    } catch (error) {
      if (isRefusal(error)) return false
      throw error
    }
  }

  async #put({ bucket }: Pick<LogTarget, 'bucket'>, Key: string, Body: Uint8Array): Promise<void> {
    const ACL = 'bucket-owner-full-control'
    await this.#deps.caller.call('s3', 'PutObject', { Bucket: bucket, Key, Body, ACL })
  }
}

function denied(bucket: string): AwsError {
  return new AwsError(
    'InvalidConfigurationRequest',
    `Access Denied for bucket: ${bucket}. Please check S3bucket permission`,
  )
}

function randomName(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')
}
