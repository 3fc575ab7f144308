import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'

import * as x509 from '@peculiar/x509'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { createCertificateAuthority } from './certificate-signer.ts'
import { createClusterCertificates, type ClusterCertificates } from './certificates.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const environment = { clock: systemClock, ids: randomIds }
const HOUR_MS = 3600_000

interface KeyPair {
  readonly key: string
  readonly cert: string
}

let api: ApiFixture
let own: ClusterCertificates
let foreign: ClusterCertificates
let port: number

beforeAll(async () => {
  api = await createApiFixture()
  ;[own, foreign] = await Promise.all([
    createClusterCertificates(environment),
    createClusterCertificates(environment),
  ])
  ;({ port } = await api.server.listen({ host: '127.0.0.1', port: 0, tls: own }))
})

afterAll(() => api.server.close())

async function issued(by: ClusterCertificates, name: string, usage = 'client auth'): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const asked = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: EC })
  const authority = createCertificateAuthority(by, environment)
  const pem = Buffer.from(asked.toString('pem')).toString('base64')
  const signed = await authority.sign({ request: pem, usages: [usage], lifetimeMs: HOUR_MS })
  const key = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  )
  return { key, cert: Buffer.from(signed, 'base64').toString() }
}

/** Who the API says that the client is: its status, and its name and groups. */
async function whoAmI(pair?: KeyPair, token?: string): Promise<[number, unknown]> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    ca: own.ca,
    agent: false,
    ...pair,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
  sent.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = JSON.parse(await text(response)) as { status?: { userInfo?: unknown } }
  return [response.statusCode ?? 0, body.status?.userInfo]
}

it('names its user and groups', async () => {
  const pair = await issued(own, 'CN=jane, O=dev, O=ops')
  expect(await whoAmI(pair)).toEqual([
    201,
    { username: 'jane', groups: ['dev', 'ops', 'system:authenticated'] },
  ])
})

it('has the rights of its groups', async () => {
  const pair = await issued(own, 'CN=root, O=system:masters')
  expect(await whoAmI(pair)).toEqual([
    201,
    { username: 'root', groups: ['system:masters', 'system:authenticated'] },
  ])
})

it.each([
  ['of another authority', () => issued(foreign, 'CN=jane, O=system:masters')],
  ['for servers', () => issued(own, 'CN=jane, O=system:masters', 'server auth')],
])('is not believed when it is one %s', async (_what, pair) => {
  expect(await whoAmI(await pair())).toEqual([401, undefined])
})

it('that is not believed leaves the word to a token', async () => {
  const pair = await issued(foreign, 'CN=jane')
  const [status, user] = await whoAmI(pair, 'user:bob')
  expect([status, user]).toEqual([201, { username: 'bob', groups: ['system:authenticated'] }])
})

it('is not needed', async () => {
  expect((await whoAmI(undefined, 'user:bob'))[0]).toBe(201)
})
