// Owns the data directories that tests work on: made for one test, gone after it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { homeAt, type Home, type RegionIdentity } from './home.ts'

/** An empty directory until the end of the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-unit-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The paths of a data directory that exists, and is empty. */
export function temporaryHome(): Home {
  return homeAt(temporaryDirectory(), {})
}

export const testIdentity: RegionIdentity = {
  region: 'eu-west-1',
  accountId: '111122223333',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'secret/key',
  adminToken: 'token',
}
