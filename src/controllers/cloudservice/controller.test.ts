import { describe, expect, test } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { events, services } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createCloudServiceController } from './controller.ts'

type Shape = Partial<Pick<Service, 'spec' | 'status'>> & { readonly annotations?: Record<string, string> }

async function told({ annotations = {}, ...rest }: Shape): Promise<string[]> {
  await using rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  client.seed(services, {
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { type: 'LoadBalancer' },
    ...rest,
  })
  rehearsal.start(createCloudServiceController(context))
  await rehearsal.settle()
  const { items } = await client.list(events)
  return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
}

const external = (type: string) => ({ 'service.beta.kubernetes.io/aws-load-balancer-type': type })

describe('the cloud controller', () => {
  test.each<[string, Shape]>([
    ['without a class', {}],
    ['of the network load balancers that it makes itself', { annotations: external('nlb') }],
  ])('says of a Service %s that nothing makes its load balancer', async (_, shape) => {
    expect(await told(shape)).toEqual([
      'Normal EnsuringLoadBalancer: Ensuring load balancer',
      'Warning SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: Classic Load Balancers are not emulated by Neargate; install the AWS Load Balancer Controller, then create the Service anew',
    ])
  })

  test.each<[string, Shape]>([
    ['that has a class', { spec: { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' } }],
    ['that is left to the other controller', { annotations: external('external') }],
    ['of its old type', { annotations: external('nlb-ip') }],
    ['of another type', { spec: { type: 'ClusterIP' } }],
    ['that has a load balancer', { status: { loadBalancer: { ingress: [{ hostname: 'x' }] } } }],
  ])('has nothing to say of a Service %s', async (_, shape) => {
    expect(await told(shape)).toEqual([])
  })
})
