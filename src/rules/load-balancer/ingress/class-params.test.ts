import { describe, expect, test } from 'vitest'

import { ingressGroupMember as member } from './testing/group-member.ts'
import { paramsSpec, refusedParam, type IngressClassParamsSpec } from './class-params.ts'
import { groupOf } from './group.ts'
import type { ApplicationModel } from '../application.ts'
import { buildIngressModel } from './model.ts'

function build(...params: readonly IngressClassParamsSpec[]): ApplicationModel {
  const members = params.map((each, index) => member(`web${index}`, paramsSpec(each)))
  const [first] = members
  return buildIngressModel(
    { id: groupOf(first!.ingress), members },
    { cluster: 'demo', service: () => undefined, discover: () => [] },
  )
}

describe('parameters of a class', () => {
  test('choose subnets by tags, all of the group by the same', () => {
    const tags = { tier: ['public', 'edge'] }
    expect(build({ subnets: { tags } }, { subnets: { tags } })).toMatchObject({
      subnets: undefined,
      subnetTags: tags,
    })
    expect(build({ subnets: { matchTags: [{ key: 'tier', values: ['a'] }] } }).subnetTags).toEqual({
      tier: ['a'],
    })
    expect(() => build({ subnets: { tags } }, { subnets: { tags: { tier: ['other'] } } })).toThrow(
      'conflicting IngressClassParams subnet specifications',
    )
  })

  test('give listeners attributes, which win over annotations', () => {
    const [listener] = build({
      listeners: [
        {
          port: 80,
          protocol: 'HTTP',
          listenerAttributes: [{ key: 'routing.http.response.server.enabled', value: 'false' }],
        },
        { port: 81, protocol: 'HTTP', listenerAttributes: [{ key: 'other', value: 'x' }] },
      ],
    }).listeners
    expect(listener?.attributes).toEqual({ 'routing.http.response.server.enabled': 'false' })
  })

  test('name prefix lists in either spelling', () => {
    const rules = (params: IngressClassParamsSpec) => {
      const { securityGroups } = build(params)
      return securityGroups.kind === 'managed' ? securityGroups.rules.map(({ source }) => source) : []
    }
    expect(rules({ PrefixListsIDs: ['pl-1'] })).toEqual([{ prefixListId: 'pl-1' }])
    expect(rules({ prefixListsIDs: ['pl-2'], PrefixListsIDs: ['pl-1'] })).toEqual([{ prefixListId: 'pl-2' }])
  })

  test.each<[IngressClassParamsSpec, string]>([
    [{ ipAddressType: 'dualstack-without-public-ipv4' }, 'ipAddressType dualstack-without-public-ipv4'],
    [{ minimumLoadBalancerCapacity: { capacityUnits: 100 } }, 'minimumLoadBalancerCapacity'],
    [{ ipamConfiguration: { ipv4IPAMPoolId: 'ipam-pool-1' } }, 'ipamConfiguration'],
    [{ wafv2AclArn: 'arn:aws:wafv2:x' }, 'wafv2AclArn'],
    [{ wafv2AclName: 'acl' }, 'wafv2AclName'],
  ])('that ask for what is not emulated are refused by name: %o', (params, name) => {
    expect(() => build(params)).toThrow(`IngressClassParams ${name} is not emulated by Neargate`)
  })

  test('that ask for what there is are not', () => {
    expect(refusedParam({ ipAddressType: 'ipv4', scheme: 'internal', wafv2AclArn: '' })).toBeUndefined()
  })
})
