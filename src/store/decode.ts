// Owns the reading of what an entry holds: JSON, by convention of everybody who writes to the store.
import { StoreError, type Entry } from './store.ts'

/**
 * The value of an entry.
 * @throws StoreError `Corrupt` when it is no JSON: nothing of ours writes such a value, so the file was damaged.
 */
export function decodeEntry(entry: Entry): unknown {
  try {
    return JSON.parse(entry.value)
  } catch (error) {
    throw new StoreError(
      'Corrupt',
      `what is stored under ${entry.key} (revision ${entry.modRevision}) is damaged`,
      {
        cause: error,
      },
    )
  }
}
