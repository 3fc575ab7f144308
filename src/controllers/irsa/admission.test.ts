import { describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { pods, serviceAccounts } from '../../kubernetes/client/resources.ts'
import { admissionRequest } from '../../kubernetes/registry/testing/admission-request.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { createIrsaAdmission } from './admission.ts'

const ROLE = 'arn:aws:iam::111122223333:role/reader'

function pod(serviceAccountName: string, annotations: Record<string, string> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'web',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      annotations,
    },
    spec: { serviceAccountName, containers: [{ name: 'main' }, { name: 'sidecar' }] },
  }
}

async function admit(object: Pod, associated: readonly string[] = []): Promise<Pod | undefined> {
  const client = new FakeClient({ clock: new FakeClock() })
  await client.create(serviceAccounts, {
    metadata: { name: 'reader', namespace: 'web', annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
  })
  await client.create(serviceAccounts, { metadata: { name: 'plain', namespace: 'web' } })
  const admission = createIrsaAdmission({
    client,
    region: 'eu-west-1',
    hasAssociation: (namespace, name) => associated.includes(`${namespace}/${name}`),
  })
  return (await admission.admit(admissionRequest(pods, object))) as Pod | undefined
}

describe('pod identity admission', () => {
  it('gives every container role, token and region', async () => {
    const admitted = await admit(pod('reader'))
    expect(admitted?.spec.containers.map((container) => container.env)).toEqual([
      expect.arrayContaining([
        { name: 'AWS_ROLE_ARN', value: ROLE },
        { name: 'AWS_REGION', value: 'eu-west-1' },
        {
          name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
          value: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
        },
      ]),
      expect.anything(),
    ])
    expect(admitted?.spec.volumes).toEqual([
      {
        name: 'aws-iam-token',
        projected: {
          defaultMode: 0o644,
          sources: [
            {
              serviceAccountToken: { audience: 'sts.amazonaws.com', expirationSeconds: 86400, path: 'token' },
            },
          ],
        },
      },
    ])
  })

  it('leaves out containers that the pod excepts', async () => {
    const admitted = await admit(pod('reader', { 'eks.amazonaws.com/skip-containers': 'sidecar' }))
    expect(admitted?.spec.containers[1]).toEqual({ name: 'sidecar' })
  })

  it.each(['plain', 'absent'])('leaves pods of the service account %s alone', async (name) => {
    expect(await admit(pod(name))).toBeUndefined()
  })

  it.each(['plain', 'reader', 'absent'])(
    'gives pods of the associated service account %s the agent, and nothing of an annotation',
    async (name) => {
      const admitted = await admit(pod(name), [`web/${name}`])
      const mountPath = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount'
      expect(admitted?.spec.containers[0]).toEqual({
        name: 'main',
        env: [
          { name: 'AWS_DEFAULT_REGION', value: 'eu-west-1' },
          { name: 'AWS_REGION', value: 'eu-west-1' },
          { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
          {
            name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
            value: `${mountPath}/eks-pod-identity-token`,
          },
        ],
        volumeMounts: [{ name: 'eks-pod-identity-token', mountPath, readOnly: true }],
      })
      expect(admitted?.spec.volumes).toEqual([
        {
          name: 'eks-pod-identity-token',
          projected: {
            defaultMode: 0o644,
            sources: [
              {
                serviceAccountToken: {
                  audience: 'pods.eks.amazonaws.com',
                  expirationSeconds: 86400,
                  path: 'eks-pod-identity-token',
                },
              },
            ],
          },
        },
      ])
    },
  )

  it('leaves out a group of variables of which a container sets one, and nothing else', async () => {
    const own = pod('reader')
    own.spec.containers = [{ name: 'main', env: [{ name: 'AWS_REGION', value: 'us-east-1' }] }]
    const names = (await admit(own))?.spec.containers[0]?.env?.map(({ name }) => name)
    expect(names).toEqual([
      'AWS_REGION',
      'AWS_STS_REGIONAL_ENDPOINTS',
      'AWS_ROLE_ARN',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ])
  })

  it.each([
    ['60', 600],
    ['7200', 7200],
    ['900000', 86_400],
    ['soon', 86_400],
  ])('a token that shall last %s seconds lasts %d', async (given, seconds) => {
    const admitted = await admit(pod('reader', { 'eks.amazonaws.com/token-expiration': given }))
    expect(JSON.stringify(admitted?.spec.volumes)).toContain(`"expirationSeconds":${seconds}`)
  })

  it('leaves pods alone that carry the label of the webhook', async () => {
    const own = pod('reader')
    own.metadata.labels = { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' }
    expect(await admit(own)).toBeUndefined()
  })
})
