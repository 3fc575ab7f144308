// Owns what a running transaction has written so far, and what a range looks like with writes laid over it.
import { InternalError } from '../base/errors.ts'
import type { Entry, Operation, RangeOptions, Writer } from './store.ts'

/** Entries by key; no entry means deleted. */
export type Overlay = ReadonlyMap<string, Entry | undefined>

/** The writes of one body, usable until it is closed. */
export class OpenWrites implements Writer {
  readonly #entries = new Map<string, Entry | undefined>()
  readonly #revision: number
  readonly #below: (key: string) => Entry | undefined
  #isClosed = false

  /**
   * @param revision the one at which the writes will be applied
   * @param below what a key holds without them
   */
  constructor(revision: number, below: (key: string) => Entry | undefined) {
    this.#revision = revision
    this.#below = below
  }

  get entries(): Overlay {
    return this.#entries
  }

  get(key: string): Entry | undefined {
    return this.#entries.has(key) ? this.#entries.get(key) : this.#below(key)
  }

  put(key: string, value: string): void {
    const createRevision = this.get(key)?.createRevision ?? this.#revision
    this.#write(key, {
      key,
      value,
      createRevision,
      modRevision: this.#revision,
      memo: undefined,
      view: undefined,
    })
  }

  delete(key: string): void {
    this.#write(key, undefined)
  }

  #write(key: string, entry: Entry | undefined): void {
    if (this.#isClosed) throw new InternalError(`${key} is written after its transaction has ended`)
    this.#entries.set(key, entry)
  }

  /** Takes no more writes. @returns those that were made, the last one of each key. */
  close(): Operation[] {
    this.#isClosed = true
    return [...this.#entries].map(([key, entry]) =>
      entry ? { type: 'put', key, value: entry.value } : { type: 'delete', key },
    )
  }
}

/**
 * Entries of a range with writes laid over them, in order of key.
 * @param layers the last one is uppermost
 */
export function overlay(
  entries: readonly Entry[],
  layers: readonly Overlay[],
  { prefix, startKey = prefix }: Pick<RangeOptions, 'prefix' | 'startKey'>,
): readonly Entry[] {
  const isInRange = (key: string): boolean => key.startsWith(prefix) && key >= startKey
  const written = layers.flatMap((layer) => [...layer].filter(([key]) => isInRange(key)))
  if (written.length === 0) return entries
  const found = new Map<string, Entry | undefined>(entries.map((entry) => [entry.key, entry]))
  for (const [key, entry] of written) found.set(key, entry)
  return [...found.values()]
    .filter((entry) => entry !== undefined)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
