import { describe, expect, it } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { services } from '../../kubernetes/client/resources.ts'
import { admissionRequest } from '../../kubernetes/registry/testing/admission-request.ts'
import type { AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { createServiceMutator } from './service-mutator.ts'

function service(loadBalancerClass?: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: { type: 'LoadBalancer', ...(loadBalancerClass !== undefined && { loadBalancerClass }) },
  }
}

describe('the Service mutator', () => {
  const request = (object: Service, operation: AdmissionRequest['operation'] = 'CREATE'): AdmissionRequest =>
    admissionRequest(services, object, { operation })

  it('gives the class to a LoadBalancer Service without one', async () => {
    const changed = await createServiceMutator().admit(request(service()))
    expect((changed as Service | undefined)?.spec.loadBalancerClass).toBe('service.k8s.aws/nlb')
  })

  it.each([
    ['has a class', request(service('other/lb'))],
    ['is updated', request(service(), 'UPDATE')],
    ['is no LoadBalancer', request({ ...service(), spec: { type: 'ClusterIP' } })],
  ])('leaves a Service alone that %s', async (_, asked) => {
    expect(await createServiceMutator().admit(asked)).toBeUndefined()
  })
})
