// What kube-apiserver v1.35.4 accepts though it looks wrong, and its warnings (testing/accepted.jsonl).
import { beforeAll, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import type { ApiFixture } from '../server/testing/api-fixture.ts'
import { trialServer, tryObject, type Tried } from './testing/trial.ts'

interface Accepted extends Tried {
  readonly warnings?: readonly string[]
}

const rows = recordedRows<Accepted>(new URL('testing/accepted.jsonl', import.meta.url))
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await trialServer()
})

it.each(rows)('$kind is accepted: $case', async (row) => {
  const response = await tryObject(fixture, row)
  expect(response.status, response.body as string).toBe(201)
  expect(response.headers['warning'] ?? []).toEqual(row.warnings ?? [])
})
