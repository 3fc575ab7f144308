import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { addonValues, saySame } from './addon-values.ts'

function config(onFargate: boolean, configurationValues?: string): ClusterConfig {
  return {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'c', region: 'eu-west-1' },
    fargateProfiles: [{ name: 'fp', selectors: [{ namespace: onFargate ? 'kube-system' : 'web' }] }],
    addons: [{ name: 'coredns', ...(configurationValues === undefined ? {} : { configurationValues }) }],
  }
}

describe('addonValues', () => {
  it.each<[boolean, string | undefined, string | undefined]>([
    [false, undefined, undefined],
    [false, 'replicaCount: 3', 'replicaCount: 3'],
    [true, undefined, '{"computeType":"Fargate"}'],
    [true, 'replicaCount: 3', '{"computeType":"Fargate","replicaCount":3}'],
    [true, '{"computeType":"ec2"}', '{"computeType":"ec2"}'],
  ])('on Fargate %s, of %j: %j', (onFargate, given, expected) => {
    expect(addonValues(config(onFargate, given), 'coredns')).toBe(expected)
  })

  it('are those of the file for other add-ons', () => {
    expect(addonValues(config(true), 'vpc-cni')).toBeUndefined()
  })

  it.each(['[1]', '{'])('cannot be told to CoreDNS beside %s', (given) => {
    expect(() => addonValues(config(true, given), 'coredns')).toThrow('neither JSON nor YAML of a mapping')
  })
})

describe('saySame', () => {
  it.each([
    ['{"a":1,"b":2}', 'b: 2\na: 1', true],
    [undefined, '{}', true],
    ['a: 1', 'a: 2', false],
  ])('%j and %j: %s', (one, other, expected) => {
    expect(saySame(one, other)).toBe(expected)
  })
})
