import { describe, expect, test } from 'vitest'

import { createTestRegion, REGION } from '../../testing/test-region.ts'
import type { AssumeRoleForPodIdentityResponse } from './assume-role-for-pod-identity.ts'
import { createEksAuth } from './index.ts'
import type { PodRole, PodSession, PodSessionRequest, PodToken } from './ports.ts'

const pod: PodToken = {
  namespace: 'web',
  serviceAccount: 'reader',
  podName: 'reader-7d4b9c-x2x9p',
  podUid: '5f0c5a52-6d0f-4c0e-9a51-0d1d3c4b5a69',
  audiences: ['pods.eks.amazonaws.com'],
}
const role: PodRole = {
  roleArn: 'arn:aws:iam::111122223333:role/reader',
  associationArn: 'arn:aws:eks:ap-southeast-1:111122223333:podidentityassociation/demo/a-1',
  associationId: 'a-1',
}
const clusterArn = `arn:aws:eks:${REGION}:111122223333:cluster/demo`

/** Asks for the credentials of a pod. @returns the answer, and what STS was asked for */
async function assume(
  change: { pod?: Partial<PodToken>; role?: Partial<PodRole> | null; trusted?: boolean } = {},
): Promise<{ answer: AssumeRoleForPodIdentityResponse; asked: PodSessionRequest[] }> {
  const { deps, services } = await createTestRegion()
  const asked: PodSessionRequest[] = []
  const session: PodSession = {
    assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/reader/x', assumeRoleId: 'AROA1:x' },
    credentials: { accessKeyId: 'ASIA1', secretAccessKey: 's', sessionToken: 't', expiration: new Date(0) },
  }
  const { service } = createEksAuth(deps, {
    verify: (clusterName, token) =>
      Promise.resolve(clusterName === 'demo' && token === 'a.b.c' ? { ...pod, ...change.pod } : undefined),
    association: () => (change.role === null ? undefined : { ...role, ...change.role }),
    openSession: (request) => {
      asked.push(request)
      return Promise.resolve(change.trusted === false ? undefined : session)
    },
  })
  services.push(service)
  const input = { clusterName: 'demo', token: 'a.b.c' }
  return { answer: await deps.caller.call('eks-auth', 'AssumeRoleForPodIdentity', input), asked }
}

test('the token of a pod is exchanged for a session with the tags of the pod', async () => {
  const { answer, asked } = await assume()
  expect(answer).toMatchObject({
    subject: { namespace: 'web', serviceAccount: 'reader' },
    audience: 'pods.eks.amazonaws.com',
    podIdentityAssociation: { associationId: 'a-1' },
    credentials: { accessKeyId: 'ASIA1', sessionToken: 't' },
  })
  expect(asked).toEqual([
    {
      roleArn: role.roleArn,
      name: `eks-demo-reader-7d4b9c-x2x9-${pod.podUid}`,
      clusterArn,
      tags: {
        'eks-cluster-arn': clusterArn,
        'eks-cluster-name': 'demo',
        'kubernetes-namespace': 'web',
        'kubernetes-service-account': 'reader',
        'kubernetes-pod-name': pod.podName,
        'kubernetes-pod-uid': pod.podUid,
      },
    },
  ])
  expect(asked[0]?.name).toHaveLength(64)
})

test('an association may do without tags, lead on to another role and narrow the session', async () => {
  const { asked } = await assume({
    role: { disableSessionTags: true, targetRoleArn: 'arn:b', externalId: 'x/y', policy: '{}' },
  })
  expect(asked[0]).toMatchObject({
    tags: {},
    target: { roleArn: 'arn:b', externalId: 'x/y' },
    policy: '{}',
  })
})

describe('refused', () => {
  test.each([
    ['a token for somebody else', { pod: { audiences: ['sts.amazonaws.com'] } }, 'InvalidTokenException'],
    ['a service account without an association', { role: null }, 'ResourceNotFoundException'],
    ['a role that does not trust EKS', { trusted: false }, 'AccessDeniedException'],
  ])('%s', async (_what, change, code) => {
    await expect(assume(change)).rejects.toMatchObject({ code })
  })
})
