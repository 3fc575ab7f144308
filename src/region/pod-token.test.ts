import { expect, test } from 'vitest'

import type { ClusterAccess } from '../aws/services/eks/index.ts'
import type { WebIdentity } from '../aws/services/sts/index.ts'
import { podTokens } from './pod-token.ts'

const ISSUER = 'https://oidc.example/id/A'
const good: WebIdentity = {
  issuer: ISSUER,
  subject: 'system:serviceaccount:web:reader',
  audiences: ['pods.eks.amazonaws.com'],
  pod: { name: 'p', uid: 'u' },
}
const { pod: _pod, ...withoutPod } = good

function read(identity: WebIdentity | undefined, clusterName = 'demo') {
  const record = { cluster: { identity: { oidc: { issuer: ISSUER } } } }
  // Only `get` is asked of the table.
  const clusters = { get: (name: string) => (name === 'demo' ? record : undefined) }
  const verify = () => Promise.resolve(identity)
  return podTokens({ verify }, clusters as unknown as ClusterAccess['clusters'])(clusterName, 'token')
}

test('the token of a pod says whose it is', async () => {
  expect(await read(good)).toEqual({
    namespace: 'web',
    serviceAccount: 'reader',
    podName: 'p',
    podUid: 'u',
    audiences: ['pods.eks.amazonaws.com'],
  })
})

test.each<[string, WebIdentity | undefined, string?]>([
  ['that nobody signed', undefined],
  ['of another cluster', { ...good, issuer: 'https://oidc.example/id/B' }],
  ['for a cluster that is not there', good, 'other'],
  ['that is bound to no pod', withoutPod],
  ['of somebody who is no service account', { ...good, subject: 'ann' }],
])('a token %s says nothing', async (_what, identity, cluster) => {
  expect(await read(identity, cluster)).toBeUndefined()
})
