// Owns what trials of faults run on: a region that plays AWS and fails as it is told, `up` and `down` of one project against it,
// and the look at what they left.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startRegion, type Region, type RegionOptions } from '../../../../src/library/start-region.ts'
import { configOf, loadProject } from '../../../../src/deploy/project.ts'
import { homeAt } from '../../../../src/region/home.ts'
import { Course } from '../course.ts'
import { madeIn, type Inventory } from '../inventory.ts'
import { recordCalls, type RecordedCall, type Recorder } from '../recorder.ts'

export type Fault = NonNullable<RegionOptions['faults']>[number]

/** Whose calls the faults of trials are about: those of `up` and `down`, not of controllers in the cluster. */
export const CALLER = '*:user/*'

/** How one run ended. */
export interface Ended {
  /** What was said of a failure, and what to do; nothing when there was none. */
  readonly failure: string
  /** How often each fault has struck. */
  readonly strikes: readonly number[]
  /** Calls that were answered by an error, or not at all, by their operations. */
  readonly refused: readonly string[]
  /** How many calls there were. */
  readonly calls: number
}

interface Scene {
  readonly region: Region
  readonly wire: Recorder
  readonly path: string
  readonly course: Course
  readonly before: Inventory
}

/** A project, and the AWS that it is tried against. */
export class Trial implements AsyncDisposable {
  readonly region: Region
  readonly wire: Recorder
  readonly path: string
  readonly #course: Course
  readonly #before: Inventory
  readonly #parts: AsyncDisposableStack

  private constructor(parts: AsyncDisposableStack, { region, wire, path, course, before }: Scene) {
    this.#parts = parts
    this.region = region
    this.wire = wire
    this.path = path
    this.#course = course
    this.#before = before
  }

  /** Starts it, with the subnets that the project's file names. */
  static async open(path: string): Promise<Trial> {
    await using parts = new AsyncDisposableStack()
    const { region: name } = configOf(loadProject([path])).metadata
    const directory = parts.adopt(mkdtempSync(join(tmpdir(), 'neargate-trial-')), (each) =>
      rmSync(each, { recursive: true, force: true }),
    )
    const region = parts.use(await startRegion({ region: name, directory }))
    const wire = parts.use(await recordCalls(region.endpoint))
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: region.credentials.secretAccessKey,
    })
    const course = parts.use(new Course(wire.endpoint))
    await course.network(path, homeAt(directory, {}).directory)
    const before = await madeIn(wire.endpoint, name)
    return new Trial(parts.move(), { region, wire, path, course, before })
  }

  /** @param attempts how often a call is tried; as `up` does it when absent */
  async run(command: 'up' | 'down', faults: readonly Fault[], attempts?: number): Promise<Ended> {
    this.region.faults.set(faults)
    const first = this.wire.calls.length
    const { failure } = await this.#course[command](
      this.path,
      attempts === undefined ? {} : { AWS_MAX_ATTEMPTS: String(attempts) },
    )
    const { strikes } = this.region.faults
    this.region.faults.set([])
    const calls = this.wire.calls.slice(first)
    const refused = calls.filter(({ status }) => status === 0 || status >= 400).map(operationOf)
    return { failure, strikes, refused, calls: calls.length }
  }

  /** What is there that was not before `up`: how many of each kind. */
  async left(): Promise<Readonly<Record<string, number>>> {
    const now = await madeIn(this.wire.endpoint, this.region.region)
    const entries = Object.entries(now).map(([kind, names]) => {
      const old = new Set(this.#before[kind])
      return [kind, names.filter((name) => !old.has(name)).length] as const
    })
    return Object.fromEntries(entries.filter(([, count]) => count > 0))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

/** The operation of a call as a person knows it: `CreateStack`, `GET /clusters/NAME/addons`. */
export function operationOf({ method, url, headers, body }: Omit<RecordedCall, 'status'>): string {
  const target = headers['x-amz-target']
  const action = typeof target === 'string' ? target.split('.').at(-1) : /^Action=(\w+)/.exec(body)?.[1]
  return action ?? `${method} ${url.replace(/\?.*/, '')}`
}
