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

async function admit(object: Pod): Promise<Pod | undefined> {
  const client = new FakeClient({ clock: new FakeClock() })
  await client.create(serviceAccounts, {
    metadata: { name: 'reader', namespace: 'web', annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
  })
  await client.create(serviceAccounts, { metadata: { name: 'plain', namespace: 'web' } })
  return (await createIrsaAdmission({ client, region: 'eu-west-1' }).admit(
    admissionRequest(pods, object),
  )) as Pod | undefined
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
})
