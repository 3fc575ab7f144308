import { describe, expect, it } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import type { AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { createServiceMutator, isClaimed } from './claim.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

function service(annotations: Record<string, string>, loadBalancerClass?: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      annotations,
    },
    spec: { type: 'LoadBalancer', ...(loadBalancerClass !== undefined && { loadBalancerClass }) },
  }
}

// pkg/service/service_utils_test.go
describe('a Service is claimed', () => {
  it.each([
    ['by its class', {}, 'service.k8s.aws/nlb', true],
    ['not with another class, whatever its annotations', { [`${PREFIX}type`]: 'nlb-ip' }, 'other/lb', false],
    ['by type nlb-ip', { [`${PREFIX}type`]: 'nlb-ip' }, undefined, true],
    [
      'by type external and target type ip',
      { [`${PREFIX}type`]: 'external', [`${PREFIX}nlb-target-type`]: 'ip' },
      undefined,
      true,
    ],
    [
      'by type external and target type instance',
      { [`${PREFIX}type`]: 'external', [`${PREFIX}nlb-target-type`]: 'instance' },
      undefined,
      true,
    ],
    ['not by type external alone', { [`${PREFIX}type`]: 'external' }, undefined, false],
    ['not by target type alone', { [`${PREFIX}nlb-target-type`]: 'ip' }, undefined, false],
    ['not by type nlb', { [`${PREFIX}type`]: 'nlb' }, undefined, false],
  ])('%s', (_, annotations, className, expected) => {
    expect(isClaimed(service(annotations, className))).toBe(expected)
  })

  it('not while it is being deleted', () => {
    const deleted = service({}, 'service.k8s.aws/nlb')
    deleted.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    expect(isClaimed(deleted)).toBe(false)
  })
})

describe('the Service mutator', () => {
  const request = (
    object: Service,
    operation: AdmissionRequest['operation'] = 'CREATE',
  ): AdmissionRequest => ({
    operation,
    group: '',
    resource: 'services',
    subresource: '',
    namespace: 'shop',
    name: 'web',
    user: { username: 'admin', groups: [] },
    dryRun: false,
    object,
    oldObject: null,
  })

  it('gives the class to a LoadBalancer Service without one', async () => {
    const changed = await createServiceMutator().admit(request(service({})))
    expect((changed as Service | undefined)?.spec.loadBalancerClass).toBe('service.k8s.aws/nlb')
  })

  it.each([
    ['has a class', request(service({}, 'other/lb'))],
    ['is updated', request(service({}), 'UPDATE')],
    ['is no LoadBalancer', request({ ...service({}), spec: { type: 'ClusterIP' } })],
  ])('leaves a Service alone that %s', async (_, asked) => {
    expect(await createServiceMutator().admit(asked)).toBeUndefined()
  })
})
