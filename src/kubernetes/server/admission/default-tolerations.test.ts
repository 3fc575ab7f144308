import { describe, expect, test } from 'vitest'

import type { Pod, Toleration } from '../../../../generated/kubernetes.d.ts'
import { pods } from '../../client/resources.ts'
import { admissionRequest } from '../../registry/testing/admission-request.ts'
import { defaultTolerations } from './default-tolerations.ts'

async function admit(tolerations: Toleration[] | undefined): Promise<Toleration[] | undefined> {
  const object: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'c' }], ...(tolerations ? { tolerations } : {}) },
  }
  const admitted = await defaultTolerations.admit(admissionRequest(pods, object))
  return (admitted as Pod | undefined)?.spec.tolerations
}

describe('default tolerations', () => {
  const both = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }))

  test('are added to a pod that says nothing', async () => {
    expect(await admit(undefined)).toEqual(both)
  })

  test('leave alone what the pod says of one of them', async () => {
    const own: Toleration = {
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 5,
    }
    expect(await admit([own])).toEqual([own, both[1]])
  })

  test('are not needed by a pod that tolerates everything', async () => {
    expect(await admit([{ operator: 'Exists' }])).toBeUndefined()
  })
})
