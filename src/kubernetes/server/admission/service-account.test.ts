import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../../../generated/kubernetes.d.ts'
import { pods, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'

const mirror = { 'kubernetes.io/config.mirror': 'x' }

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(serviceAccounts, {
    metadata: {
      name: 'strict',
      namespace: 'default',
      annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
    },
    secrets: [{ name: 'known' }],
  })
})

function pod(spec: Partial<PodSpec>, annotations: Record<string, string> = {}): Promise<Pod> {
  const containers = [{ name: 'c', image: 'n' }]
  return fixture.client.create(pods, {
    metadata: { name: 'x', namespace: 'default', annotations },
    spec: { containers, ...spec },
  })
}

function using(container: object): Partial<PodSpec> {
  return { serviceAccountName: 'strict', containers: [{ name: 'c', image: 'n', ...container }] }
}

describe('ServiceAccount', () => {
  it.each<[Partial<PodSpec>, Record<string, string>, string]>([
    [
      { serviceAccountName: 'nope' },
      {},
      'error looking up service account default/nope: serviceaccount "nope" not found',
    ],
    [{ serviceAccountName: 'strict' }, mirror, 'a mirror pod may not reference service accounts'],
    [
      { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      mirror,
      'a mirror pod may not reference secrets',
    ],
    [
      { serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      {},
      'volume with secret.secretName="s" is not allowed because service account strict does not reference that secret',
    ],
    [
      using({ env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
      {},
      'container c with envVar E referencing secret.secretName="s" is not allowed because service account strict does not reference that secret',
    ],
    [
      using({ envFrom: [{ secretRef: { name: 's' } }] }),
      {},
      'container c with envFrom referencing secret.secretName="s" is not allowed because service account strict does not reference that secret',
    ],
    [
      { serviceAccountName: 'strict', imagePullSecrets: [{ name: 's' }] },
      {},
      'imagePullSecrets[0].name="s" is not allowed because service account strict does not reference that imagePullSecret',
    ],
  ])('refuses a pod with %j and annotations %j', async (spec, annotations, why) => {
    await expect(pod(spec, annotations)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: `pods "x" is forbidden: ${why}`,
    })
  })

  it('lets a pod use the secrets that its account names', async () => {
    const made = await pod(using({ envFrom: [{ secretRef: { name: 'known' } }] }))
    expect(made.spec.serviceAccountName).toBe('strict')
  })
})
