// Owns sending a request many times at once, and what came of it.

export interface Outcome<T> {
  readonly answers: T[]
  /** Codes of the refusals. */
  readonly codes: string[]
}

/** Calls so many times in one turn, eight by default; each call gets its number. */
export async function atOnce<T>(call: (index: number) => Promise<T>, times = 8): Promise<Outcome<T>> {
  const settled = await Promise.allSettled(Array.from({ length: times }, (_, index) => call(index)))
  return {
    answers: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    codes: settled.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as { code?: string }).code ?? String(each.reason)] : [],
    ),
  }
}
