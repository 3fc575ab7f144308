import { describe, expect, it } from 'vitest'

import type { Ingress } from '../../../generated/kubernetes.d.ts'
import { isClaimed } from './claim.ts'
import { AUTO_MODE, CHART, resourceTagOf, type Edition } from './edition.ts'
import { chosenClass, isIngressClaimed } from './ingress/claim.ts'
import { paramsSpec } from './ingress/class-params.ts'
import { finalizedGroups, finalizerOf, groupOf } from './ingress/group.ts'
import { ingressStackTags } from './ingress/model.ts'
import { stackTags } from './model.ts'
import { backendSecurityGroupName } from './names.ts'

function ingress(metadata: object): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: 'shop', name: 'web', ...metadata },
    spec: {},
  } as unknown as Ingress
}

describe.each<[string, Edition, string, string]>([
  ['the chart', CHART, 'k8s.aws', 'elbv2.k8s.aws/cluster'],
  ['EKS Auto Mode', AUTO_MODE, 'eks.amazonaws.com', 'eks:eks-cluster-name'],
])('the edition of %s', (_, edition, domain, clusterTag) => {
  it('has its tags', () => {
    const metadata = { namespace: 'shop', name: 'web' } as Parameters<typeof stackTags>[1]
    expect(stackTags('demo', metadata, edition)).toEqual({
      [clusterTag]: 'demo',
      [`service.${domain}/stack`]: 'shop/web',
    })
    expect(ingressStackTags('demo', 'shared', edition)).toEqual({
      [clusterTag]: 'demo',
      [`ingress.${domain}/stack`]: 'shared',
    })
    expect(resourceTagOf({ a: '', [`ingress.${domain}/resource`]: '80' })).toBe(`ingress.${domain}/resource`)
  })

  it('knows the finalizers that it has given, and no others', () => {
    const finalizers = ['shop/web', 'shared'].map((id) => finalizerOf(id, edition))
    expect(finalizers).toEqual([`ingress.${domain}/resources`, `group.ingress.${domain}/shared`])
    const other = edition === CHART ? AUTO_MODE : CHART
    expect(finalizedGroups(ingress({ finalizers }), edition)).toEqual(['shop/web', 'shared'])
    expect(finalizedGroups(ingress({ finalizers }), other)).toEqual([])
  })

  it('takes its class, and not that of the other', () => {
    const other = edition === CHART ? AUTO_MODE : CHART
    const service = { metadata: {}, spec: { loadBalancerClass: edition.loadBalancerClass } }
    expect([isClaimed(service, edition), isClaimed(service, other)]).toEqual([true, false])
  })
})

describe('EKS Auto Mode', () => {
  it('asks for classes: annotations alone are not enough', () => {
    const annotated = { metadata: { annotations: { 'kubernetes.io/ingress.class': 'alb' } } }
    expect(chosenClass(annotated, [], AUTO_MODE)).toEqual({ by: 'annotation', isOurs: false })
    const grouped = ingress({ annotations: { 'alb.ingress.kubernetes.io/group.name': 'shared' } })
    expect(groupOf(grouped, {}, AUTO_MODE)).toBe('shop/web')
    expect(groupOf(grouped, { group: { name: 'all' } }, AUTO_MODE)).toBe('all')
    expect(groupOf(grouped)).toBe('shared')
  })

  it('is one of those that a file may mean', () => {
    const auto = { metadata: { name: 'auto' }, spec: { controller: 'eks.amazonaws.com/alb' } }
    expect(isIngressClaimed({ metadata: {}, spec: { ingressClassName: 'auto' } }, [auto])).toBe(true)
  })

  it('shares no security group with the chart’s controller', () => {
    expect(backendSecurityGroupName('demo', AUTO_MODE)).not.toBe(backendSecurityGroupName('demo'))
  })

  it('calls some parameters by other names', () => {
    const matchTags = [{ key: 'tier', values: ['web'] }]
    expect(paramsSpec({ scheme: 'internal', certificateARNs: ['arn'], subnets: { matchTags } })).toEqual({
      scheme: 'internal',
      certificateArn: ['arn'],
      subnets: { tags: { tier: ['web'] } },
    })
    expect(paramsSpec({ certificateArn: ['arn'], subnets: { ids: ['subnet-1'] } })).toEqual({
      certificateArn: ['arn'],
      subnets: { ids: ['subnet-1'] },
    })
  })
})
