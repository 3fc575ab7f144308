// What a certificate signing request goes through: who asks, who approves, who signs.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

import { clusterRoleBindings, clusterRoles } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'

const URL_OF = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const merge = { 'content-type': 'application/merge-patch+json' }

let fixture: ApiFixture
let pem: Record<'plain' | 'masters', string>

async function requestFor(name: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: EC })
  return Buffer.from(request.toString('pem')).toString('base64')
}

beforeAll(async () => {
  pem = { plain: await requestFor('CN=ann'), masters: await requestFor('CN=ann,O=system:masters') }
})

beforeEach(async () => {
  fixture = await createApiFixture()
  const rule = { apiGroups: ['certificates.k8s.io'] }
  // Everything about requests, and one signer alone.
  await fixture.client.create(clusterRoles, {
    metadata: { name: 'requests' },
    rules: [
      {
        ...rule,
        resources: ['', '/approval', '/status'].map((sub) => `certificatesigningrequests${sub}`),
        verbs: ['*'],
      },
      { ...rule, resources: ['signers'], resourceNames: ['example.com/*'], verbs: ['approve', 'sign'] },
    ],
  })
  await fixture.client.create(clusterRoleBindings, {
    metadata: { name: 'requests' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'requests' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
  })
})

interface Answer {
  readonly status: number
  readonly body: {
    readonly message?: string
    readonly spec?: Record<string, unknown>
    readonly status?: Record<string, unknown>
  }
}

async function send(method: string, path: string, body: unknown): Promise<Answer> {
  const headers = { authorization: 'Bearer user:bob', ...(method === 'PATCH' ? merge : {}) }
  const response = await sendTo(fixture.server, method, `${URL_OF}${path}`, { body, headers })
  return { status: response.status, body: JSON.parse(response.body as string) as Answer['body'] }
}

function create(signerName: string, spec: object = {}): Promise<Answer> {
  return send('POST', '', {
    metadata: { name: 'r' },
    spec: { request: pem.plain, signerName, usages: ['client auth'], ...spec },
  })
}

const approved = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'R', message: 'm' }] } }

describe('a certificate signing request', () => {
  it('says who asks, whatever it claims', async () => {
    const { status, body } = await create('example.com/any', { username: 'root', groups: ['system:masters'] })
    expect(status).toBe(201)
    expect(body.spec).toMatchObject({ username: 'bob', groups: ['system:authenticated'] })
    expect(body.status).toEqual({})
    const changed = await send('PATCH', '/r', { spec: { usages: ['server auth'] } })
    expect(changed.body.spec?.['usages']).toEqual(['client auth'])
  })

  it('is approved through its subresource by who may, and then stays so', async () => {
    await create('example.com/any')
    const plain = await send('PATCH', '/r/status', approved)
    expect(plain.body.message).toContain('updates may not add a condition of type "Approved"')
    const { body } = await send('PATCH', '/r/approval', approved)
    expect(body.status?.['conditions']).toMatchObject([
      { type: 'Approved', reason: 'R', lastUpdateTime: expect.stringMatching(/^\d{4}-/) as string },
    ])
    const denied = { status: { conditions: [{ type: 'Denied', status: 'True' }] } }
    expect((await send('PATCH', '/r/approval', denied)).body.message).toBe(
      'CertificateSigningRequest.certificates.k8s.io "r" is invalid: status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    )
  })

  it('is approved and signed by none who may not for its signer', async () => {
    await create('other.com/any')
    const refused = (verb: string): string =>
      `certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to ${verb} requests with signerName "other.com/any"`
    expect((await send('PATCH', '/r/approval', approved)).body.message).toBe(refused('approve'))
    const failed = { status: { conditions: [{ type: 'Failed', status: 'True' }] } }
    expect((await send('PATCH', '/r/status', failed)).body.message).toBe(refused('sign'))
  })

  it('asks for no certificate of system:masters', async () => {
    const { status, body } = await create('kubernetes.io/kube-apiserver-client', { request: pem.masters })
    expect(status).toBe(403)
    expect(body.message).toContain('signer with system:masters group is not allowed')
    expect((await create('kubernetes.io/kube-apiserver-client')).status).toBe(201)
  })

  it.each([
    ['kubernetes.io/legacy-unknown', 'the legacy signerName is not allowed via this API version'],
    ['plain', "must be a fully qualified domain and path of the form 'example.com/signer-name'"],
    ['com/x', 'should be a domain with at least two segments separated by dots'],
    ['A.b/x', 'validating label "A"'],
  ])('names its signer as it must: %s', async (signer, problem) => {
    const { status, body } = await create(signer)
    expect(status).toBe(422)
    expect(body.message).toContain(problem)
  })

  it('takes only certificates as its certificate', async () => {
    await create('example.com/any')
    const certificate = Buffer.from('hello').toString('base64')
    const { status, body } = await send('PATCH', '/r/status', { status: { certificate } })
    expect(status).toBe(422)
    expect(body.message).toContain('must contain at least one CERTIFICATE PEM block')
  })
})
