// Owns the translation of SQLite's result codes into the store's errors.
import { isObject } from '../base/json.ts'
import { StoreError } from './store.ts'

// https://sqlite.org/rescode.html; the low byte is the primary code.
const BUSY = [5, 6]
const CORRUPT = [11, 26]

/** What a failure of node:sqlite on the database at `path` means. Errors of the store itself pass through. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const code = primaryCode(error)
  const text = Error.isError(error) ? error.message : String(error)
  if (BUSY.includes(code)) return new StoreError('Locked', `${path} is in use`, { cause: error })
  if (CORRUPT.includes(code))
    return new StoreError('Corrupt', `${path} is damaged: ${text}`, { cause: error })
  return new StoreError('Unwritable', `cannot write ${path}: ${text}`, { cause: error })
}

function primaryCode(error: unknown): number {
  const fields: unknown = error
  const code = isObject(fields) ? fields['errcode'] : undefined
  return typeof code === 'number' ? code & 0xff : 0
}
