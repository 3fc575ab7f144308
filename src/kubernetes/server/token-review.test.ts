// Who a token is, for whom.
import { beforeAll, describe, expect, it } from 'vitest'

import { serviceAccounts } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, type Sent } from './testing/send.ts'

const ns = '/api/v1/namespaces/default'
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  const { client } = fixture
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
})

function send(method: string, url: string, sent?: Sent): Promise<ApiResponse> {
  return sendTo(fixture.server, method, url, sent)
}

describe('a token', () => {
  const review = async (spec: object): Promise<unknown> => {
    const { body } = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec } })
    return (JSON.parse(body as string) as { status: unknown }).status
  }
  const issue = async (audiences: string[]): Promise<string> => {
    const { body } = await send('POST', `${ns}/serviceaccounts/default/token`, {
      body: { spec: { audiences } },
    })
    return (JSON.parse(body as string) as { status: { token: string } }).status.token
  }
  const here = 'https://oidc.test/id/1'
  const user = { username: 'system:serviceaccount:default:default' }

  it('is reviewed for the audiences that the reviewer names', async () => {
    const plain = await issue([])
    expect(await review({ token: plain })).toMatchObject({ authenticated: true, user, audiences: [here] })
    expect(await review({ token: plain, audiences: ['nonsense'] })).toEqual({
      user: {},
      error: `[invalid bearer token, token audiences ["${here}"] is invalid for the target audiences ["nonsense"]]`,
    })
    const vault = await issue(['vault', 'other'])
    expect(await review({ token: vault, audiences: ['vault', here] })).toMatchObject({
      authenticated: true,
      user,
      audiences: ['vault'],
    })
    expect(await review({ token: vault })).toMatchObject({ user: {} })
  })

  it('of another authenticator is for the API server alone', async () => {
    expect(await review({ token: 'user:ann' })).toMatchObject({ authenticated: true, audiences: [here] })
    expect(await review({ token: 'user:ann', audiences: ['nonsense'] })).toEqual({ user: {} })
    expect(await review({ token: 'user:ann', audiences: ['nonsense', here] })).toMatchObject({
      audiences: [here],
    })
    expect(await review({ token: 'unknown' })).toEqual({ user: {} })
  })
})
