// Owns what a filter of the log router is, and what it may know of the pod whose lines it sees.
import type { LogEvent } from '../record.ts'
import type { Parser } from '../parsers.ts'
import type { Settings } from '../settings.ts'

/** The pod of a log router, as the filter `kubernetes` describes it; read anew for each line. */
export interface PodFacts {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** By container: its image as the pod names it, and the digest that it ran as. */
  readonly images: Readonly<Record<string, { readonly image: string; readonly id: string }>>
}

/** What filters are made of besides their settings. */
export interface FilterScope {
  readonly parsers: ReadonlyMap<string, Parser>
}

/** Where filters run. */
export interface FilterWorld {
  readonly pod: () => PodFacts
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** `again` is what begins at the first filter once more, under a tag of its own. */
export interface Filtered {
  /** Undefined: dropped. */
  readonly event?: LogEvent
  readonly again?: LogEvent
}

export type Filter = (event: LogEvent) => Filtered

/**
 * Reads the settings of a filter. Called once at least for each configuration, to see whether it is one.
 * @returns makes the filter for one pod; filters may remember what they have seen
 */
export type FilterKind = (settings: Settings, scope: FilterScope) => (world: FilterWorld) => Filter
