import { expect, it } from 'vitest'

import { createMemoryStore } from '../../../../store/memory-store.ts'
import { createTables, type AccessEntryRecord } from '../state.ts'
import { entryOfPrincipal } from './entry-of-principal.ts'

const ROLE = 'arn:aws:iam::1:role/Ops'
const ROLE_WITH_PATH = 'arn:aws:iam::1:role/team/Dev'
const USER = 'arn:aws:iam::1:user/team/Ada'

it.each([
  ['a role', ROLE, ROLE],
  ['a role by what STS says of it', 'arn:aws:iam::1:role/Dev', ROLE_WITH_PATH],
  ['a role by its own ARN', ROLE_WITH_PATH, ROLE_WITH_PATH],
  ['a user, whose path STS says', USER, USER],
  ['no user without its path', 'arn:aws:iam::1:user/Ada', undefined],
  ['no stranger', 'arn:aws:iam::1:role/Other', undefined],
])('finds %s', async (_what, canonical, found) => {
  const tables = createTables(createMemoryStore())
  for (const principalArn of [ROLE, ROLE_WITH_PATH, USER]) {
    await tables.entries.put(`demo/${principalArn}`, recordOf(principalArn))
  }
  expect(entryOfPrincipal(tables, 'demo', canonical)?.entry.principalArn).toBe(found)
  expect(entryOfPrincipal(tables, 'other', canonical)).toBeUndefined()
})

function recordOf(principalArn: string): AccessEntryRecord {
  const entry = { clusterName: 'demo', principalArn, type: 'STANDARD' }
  return { entry, policies: [], createdAtMs: 0, modifiedAtMs: 0, dueAtMs: 0 }
}
