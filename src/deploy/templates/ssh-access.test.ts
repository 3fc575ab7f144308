import { describe, expect, it } from 'vitest'

import type { NodeGroupBase } from '../../config/cluster-config.ts'
import { keyOf, sshIngress, sshSecurityGroup } from './ssh-access.ts'

const found = { keyName: 'me', vpcCidr: '10.0.0.0/16' }

describe('sshIngress', () => {
  it.each<[string, Partial<NodeGroupBase>, readonly object[]]>([
    ['nobody', {}, []],
    ['everybody', { ssh: { found } }, [{ CidrIp: '0.0.0.0/0' }, { CidrIpv6: '::/0' }]],
    ['the VPC', { ssh: { found }, privateNetworking: true }, [{ CidrIp: '10.0.0.0/16' }]],
    [
      'the groups of the file',
      { ssh: { found, sourceSecurityGroupIds: ['sg-1', 'sg-2'] }, privateNetworking: true },
      [{ SourceSecurityGroupId: 'sg-1' }, { SourceSecurityGroupId: 'sg-2' }],
    ],
  ])('lets in %s', (_, group, rules) => {
    const made = sshIngress({ name: 'ng', ...group }, 'nodes')
    expect(made).toMatchObject(rules)
    expect(made).toHaveLength(rules.length)
    expect(made.every((rule) => JSON.stringify(rule).includes('"FromPort":22,"ToPort":22'))).toBe(true)
  })
})

describe('sshSecurityGroup', () => {
  it('is there with a key only', () => {
    expect(sshSecurityGroup({ name: 'ng' }, 'vpc-1')).toEqual({})
    expect(keyOf({ name: 'ng' })).toEqual({})
    const group = { name: 'ng', ssh: { found } }
    expect(keyOf(group)).toEqual({ KeyName: 'me' })
    expect(sshSecurityGroup(group, 'vpc-1')['SSH']?.Properties).toMatchObject({
      GroupName: { 'Fn::Sub': '${AWS::StackName}-remoteAccess' },
      VpcId: 'vpc-1',
    })
  })
})
