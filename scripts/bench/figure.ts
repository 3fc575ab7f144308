// Owns what a benchmark reports.

export interface Figure {
  /** What was measured, e.g. `store.commit.c64`. */
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly note?: string
}
