// What kube-apiserver v1.35.4 answered to objects it refuses; testing/refusals.jsonl holds the bodies and its words.
import { beforeAll, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import type { ApiFixture } from '../server/testing/api-fixture.ts'
import { trialServer, tryObject, type Tried } from './testing/trial.ts'

interface Refusal extends Tried {
  readonly message: string
  /** Why the answer here is another one; the case fails once it is not. */
  readonly differs?: string
}

const rows = recordedRows<Refusal>(new URL('testing/refusals.jsonl', import.meta.url))
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await trialServer()
})

it.each(rows)('$kind is refused: $case', async (row) => {
  const response = await tryObject(fixture, row)
  // Uids are different each time, and written `<uid>` in the data.
  const text = (response.body as string).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
  const status = JSON.parse(text) as { readonly message?: string }
  if (row.differs !== undefined) return expect(status.message).not.toBe(row.message)
  expect(status).toMatchObject({ kind: 'Status', status: 'Failure', message: row.message })
  expect(response.status).toBeGreaterThanOrEqual(400)
})
