import { expect, test } from 'vitest'

import type { CertificateSigningRequest } from '../../../generated/kubernetes.d.ts'
import { certificateSigningRequests } from '../../kubernetes/client/resources.ts'
import type { RequestedCertificate } from '../../rules/kubernetes/certificate-requests.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createCertificateController } from './controller.ts'

const key = { name: 'x' }
const node: RequestedCertificate = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: 0,
  ipAddresses: 0,
  emailAddresses: 0,
  uris: 0,
}
const kubelet: CertificateSigningRequest['spec'] = {
  request: 'UkVR',
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'key encipherment', 'client auth'],
}

class Stage implements AsyncDisposable {
  readonly rehearsal = new Rehearsal()
  readonly client = this.rehearsal.client
  readonly lifetimes: number[] = []

  constructor(
    spec: CertificateSigningRequest['spec'],
    options: { asked?: Partial<RequestedCertificate>; allowed?: string[] } = {},
  ) {
    const { asked, allowed = [] } = options
    this.client.seed(certificateSigningRequests, { metadata: key, spec, status: {} })
    const create = this.client.create.bind(this.client)
    this.client.create = async (resource, draft) => {
      if (resource.plural !== 'subjectaccessreviews') return create(resource, draft)
      const { resourceAttributes } = (
        draft as unknown as { spec: { resourceAttributes: { subresource: string } } }
      ).spec
      // A review answers in the shape that was asked.
      return { ...draft, status: { allowed: allowed.includes(resourceAttributes.subresource) } } as never
    }
    this.rehearsal.start(
      createCertificateController(this.rehearsal.context, {
        read: () => ({ ...node, ...asked }),
        sign: async ({ lifetimeMs }) => {
          this.lifetimes.push(lifetimeMs)
          return 'Q0VSVA=='
        },
      }),
    )
  }

  async approve(): Promise<void> {
    const conditions = [
      {
        type: 'Approved',
        status: 'True',
        lastUpdateTime: new Date(this.rehearsal.clock.now()).toISOString(),
      },
    ]
    await this.client.patch(
      certificateSigningRequests,
      key,
      { status: { conditions } },
      { type: 'merge', subresource: 'approval' },
    )
  }

  async status(): Promise<NonNullable<CertificateSigningRequest['status']>> {
    await this.rehearsal.settle()
    return (await this.client.get(certificateSigningRequests, key)).status ?? {}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rehearsal[Symbol.asyncDispose]()
  }
}

test.each([
  [
    'system:node:n1',
    ['selfnodeclient'],
    'Auto approving self kubelet client certificate after SubjectAccessReview.',
  ],
  [
    'system:bootstrap:a',
    ['nodeclient'],
    'Auto approving kubelet client certificate after SubjectAccessReview.',
  ],
])('approves and signs what kubelet %s asks for, allowed %j', async (username, allowed, message) => {
  await using stage = new Stage({ ...kubelet, username }, { allowed })
  const status = await stage.status()
  expect(status.conditions).toMatchObject([
    { type: 'Approved', status: 'True', reason: 'AutoApproved', message },
  ])
  expect(status.certificate).toBe('Q0VSVA==')
})

test.each([
  ['nobody may', { username: 'system:node:n1' }, {}],
  ['it is for another node', { username: 'system:node:n2' }, { allowed: ['selfnodeclient'] }],
  ['it has names', { username: 'system:node:n1' }, { allowed: ['selfnodeclient'], asked: { dnsNames: 1 } }],
  ['another signs', { username: 'u', signerName: 'example.com/own' }, { allowed: ['nodeclient'] }],
])('leaves a request alone when %s', async (_name, spec, options) => {
  await using stage = new Stage({ ...kubelet, ...spec }, options)
  expect(await stage.status()).toEqual({})
})

test('does not sign for clients, as EKS does not', async () => {
  await using stage = new Stage({
    ...kubelet,
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
  })
  await stage.approve()
  const { conditions, certificate } = await stage.status()
  expect(conditions).toHaveLength(1)
  expect(certificate).toBeUndefined()
})

test.each<[Partial<CertificateSigningRequest['spec']>, Partial<RequestedCertificate>, string]>([
  [{}, { organizations: ['x'] }, 'subject organization is not system:nodes'],
  [{ usages: ['client auth'] }, {}, 'usages did not match [client auth digital signature key encipherment]'],
  [
    { signerName: 'beta.eks.amazonaws.com/app-serving', usages: ['digital signature', 'client auth'] },
    {},
    'invalid usage for serving certificate: client auth',
  ],
  [{ signerName: 'kubernetes.io/kubelet-serving' }, {}, 'DNS or IP subjectAltName is required'],
])('%j is approved and unfit: %s', async (spec, asked, message) => {
  await using stage = new Stage({ ...kubelet, ...spec }, { asked })
  await stage.approve()
  const { conditions, certificate } = await stage.status()
  expect(conditions?.[1]).toMatchObject({
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
  })
  expect(certificate).toBeUndefined()
})

test.each([
  [undefined, 365 * 24 * 3600],
  [3600, 3600],
  [1, 600],
])('signs for %s seconds', async (expirationSeconds, seconds) => {
  const own: CertificateSigningRequest['spec'] = {
    ...kubelet,
    signerName: 'beta.eks.amazonaws.com/app-serving',
    usages: ['server auth'],
  }
  await using stage = new Stage({ ...own, ...(expirationSeconds === undefined ? {} : { expirationSeconds }) })
  await stage.approve()
  await stage.status()
  expect(stage.lifetimes).toEqual([seconds * 1000])
})

test('removes requests when they are old', async () => {
  await using stage = new Stage({ ...kubelet, signerName: 'example.com/own' })
  await stage.rehearsal.clock.advance(23 * 3600_000)
  expect(await stage.status()).toEqual({})
  await stage.rehearsal.clock.advance(2 * 3600_000)
  await stage.rehearsal.until('gone', async () => {
    return (await stage.client.list(certificateSigningRequests)).items.length === 0
  })
})
