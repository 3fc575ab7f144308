// Owns the regions that answer at one address: which there are, how one is added, and which of them a request is for.
import { join } from 'node:path'

import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import { regionOf } from '../aws/protocol/region-of.ts'
import { AwsError } from '../base/errors.ts'
import { refuseRegion } from '../rules/regions/region-names.ts'
import type { EventStore } from '../store/event-store.ts'
import { scopedStore } from '../store/scoped-store.ts'
import { openEvents } from '../store/sqlite-events.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import type { RegionOperations } from './admin.ts'
import type { OneRegion } from './one-region.ts'

/** Where a region keeps what it holds. */
export interface RegionPlace {
  readonly name: string
  readonly store: Store
  readonly events: EventStore
}

export interface RegionsOptions {
  /** The region of the data directory: the first one, which the others stand beside. */
  readonly home: RegionPlace
  /** Directory of the store, where further regions keep the lines of their logs; undefined keeps nothing. */
  readonly directory: string | undefined
  /** Builds a region; what ends it belongs to whoever gave this function. */
  readonly build: (place: RegionPlace) => OneRegion
  /** Called for what has to be closed after the regions. */
  readonly onEnd: (name: string, end: () => Promise<void>) => void
}

/** The stores of all regions that the store of the first one knows. */
export function regionStores(home: Store): readonly Store[] {
  return [
    home,
    ...regionRecords(home)
      .list()
      .map(({ name }) => storeOf(home, name)),
  ]
}

function regionRecords(home: Store): Table<{ readonly name: string }> {
  return new Table(home, 'region/regions')
}

function storeOf(home: Store, name: string): Store {
  return scopedStore(home, `/regions/${name}`)
}

/** The regions of a data directory: one at least. */
export class Regions {
  readonly #options: RegionsOptions
  readonly #home: OneRegion
  readonly #records: Table<{ readonly name: string }>
  readonly #all = new Map<string, OneRegion>()
  readonly #adding = new Map<string, Promise<void>>()

  constructor(options: RegionsOptions) {
    this.#options = options
    this.#records = regionRecords(options.home.store)
    this.#home = options.build(options.home)
    this.#all.set(this.#home.name, this.#home)
  }

  /** The first one is that of the data directory. */
  get names(): readonly string[] {
    return [...this.#all.keys()]
  }

  /** Starts the regions that were there before. */
  async run(): Promise<void> {
    await this.#home.run()
    for (const { name } of this.#records.list()) await this.#start(name)
  }

  /** Adds a region; nothing happens when it is there. @throws AwsError when there can be none of that name */
  async add(name: string): Promise<void> {
    const refusal = refuseRegion(name)
    if (refusal !== undefined) throw new AwsError('InvalidRegion', `the region ${name} ${refusal}`)
    if (this.#all.has(name)) return
    await this.#records.put(name, { name })
    await this.#start(name)
  }

  /** @param name the region of the data directory when absent. @throws AwsError NotFound that names those here */
  operations(name?: string): RegionOperations {
    const region = name === undefined ? this.#home : this.#all.get(name)
    if (region) return region.operations
    throw new AwsError('NotFound', `there is no region ${name} here; there is: ${this.names.join(', ')}`, {
      status: 404,
    })
  }

  /** Answers a request; those for no region here are refused by that of the data directory. */
  handle(request: AwsRequest): Promise<AwsResponse> {
    const region = this.#all.size === 1 ? undefined : this.#all.get(regionOf(request) ?? '')
    return (region ?? this.#home).handle(request)
  }

  #start(name: string): Promise<void> {
    const present = this.#adding.get(name)
    if (present) return present
    const starting = this.#launch(name)
    this.#adding.set(name, starting)
    // A start that failed may be tried again.
    starting.catch(() => this.#adding.delete(name))
    return starting
  }

  async #launch(name: string): Promise<void> {
    const { home, directory, build, onEnd } = this.#options
    const events = await openEvents(
      directory === undefined ? ':memory:' : join(directory, `events-${name}.db`),
    )
    onEnd(`the log events of ${name}`, () => events.close())
    const region = build({ name, store: storeOf(home.store, name), events })
    this.#all.set(name, region)
    await region.run()
  }
}
