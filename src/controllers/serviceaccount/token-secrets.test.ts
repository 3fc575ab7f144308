import { describe, expect, test } from 'vitest'

import { createApiFixture } from '../../kubernetes/server/testing/api-fixture.ts'
import { sendTo } from '../../kubernetes/server/testing/send.ts'
import { secrets, serviceAccounts } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createTokenSecretController } from './token-secrets.ts'

const account = { namespace: 'default', name: 'ci' }
const key = { namespace: 'default', name: 'ci-token' }
const type = 'kubernetes.io/service-account-token'
const annotations = { 'kubernetes.io/service-account.name': 'ci' }

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function rehearse(): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  await rehearsal.client.create(serviceAccounts, { metadata: account })
  await rehearsal.client.create(secrets, { metadata: { ...key, annotations }, type })
  const issueToken = ({ name, secretName }: { name: string; secretName: string }): Promise<string> =>
    Promise.resolve(`${name} in ${secretName}`)
  rehearsal.start(createTokenSecretController(rehearsal.context, { caPem: 'PEM', issueToken }))
  await rehearsal.settle()
  return rehearsal
}

describe('token secrets', () => {
  test('are filled, once', async () => {
    await using rehearsal = await rehearse()
    const { uid } = (await rehearsal.client.get(serviceAccounts, account)).metadata
    const secret = await rehearsal.client.get(secrets, key)
    expect(secret.data).toEqual({
      'ca.crt': encode('PEM'),
      namespace: encode('default'),
      token: encode('ci in ci-token'),
    })
    expect(secret.metadata.annotations).toEqual({ ...annotations, 'kubernetes.io/service-account.uid': uid })
    const updates = rehearsal.client.actions.filter(({ verb }) => verb === 'update')
    expect(updates).toHaveLength(1)
  })

  test('go with their account, and with another of its name', async () => {
    await using rehearsal = await rehearse()
    await rehearsal.client.delete(serviceAccounts, account)
    await rehearsal.settle()
    expect((await rehearsal.client.list(secrets)).items).toEqual([])
  })

  test('leave other secrets alone', async () => {
    await using rehearsal = await rehearse()
    await rehearsal.client.create(secrets, { metadata: { namespace: 'default', name: 'mine', annotations } })
    await rehearsal.settle()
    const mine = await rehearsal.client.get(secrets, { namespace: 'default', name: 'mine' })
    expect(mine.data).toBeUndefined()
  })
})

test('a token of a secret authenticates while the secret is there', async () => {
  const { server, client } = await createApiFixture()
  const made = await client.create(serviceAccounts, { metadata: { ...account } })
  const { uid } = made.metadata
  const token = await server.tokens.issueForSecret({ ...account, uid, secretName: key.name })
  const data = { token: encode(token) }
  const headers = { authorization: `Bearer ${token}` }
  const status = async (): Promise<number> => {
    const url = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    return (await sendTo(server, 'POST', url, { body, headers })).status
  }
  expect(await status()).toBe(401)
  await client.create(secrets, { metadata: { ...key, annotations }, type, data })
  expect(await status()).toBe(201)
  await client.delete(secrets, key)
  expect(await status()).toBe(401)
})
