// Owns reading a record by a key that somebody else chose: what a record inherits (`constructor`, `__proto__`) is not in it.

/** The value that a record itself has under a key; undefined when it has none. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
