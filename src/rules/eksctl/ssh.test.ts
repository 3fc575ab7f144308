import { describe, expect, it } from 'vitest'

import { sshFault, sshKeyPairName, sshKeySource, type SshConfig } from './ssh.ts'

describe('sshKeySource', () => {
  it.each<[SshConfig | undefined, object | undefined]>([
    [undefined, undefined],
    [{}, undefined],
    [{ allow: false, publicKeyName: 'me' }, undefined],
    [{ sourceSecurityGroupIds: ['sg-1'] }, undefined],
    [{ allow: true }, { kind: 'path', path: '~/.ssh/id_rsa.pub' }],
    [{ publicKeyName: 'me' }, { kind: 'name', name: 'me' }],
    [
      { allow: true, publicKeyPath: 'a.pub' },
      { kind: 'path', path: 'a.pub' },
    ],
    [{ publicKey: 'ssh-rsa AAAA' }, { kind: 'content', text: 'ssh-rsa AAAA' }],
  ])('of %j', (ssh, source) => {
    expect(sshKeySource(ssh)).toEqual(source)
  })
})

describe('sshKeyPairName', () => {
  // As eksctl names them (pkg/ssh/client).
  it.each([
    ['f5:d9:01', 'eksctl-shop-nodegroup-ng1-f5:d9:01'],
    ['HvE7+gmH/gKjVo26=', 'eksctl-shop-nodegroup-ng1-HvE7+gmH/gKjVo26'],
  ])('of a key %s', (fingerprint, name) => {
    expect(sshKeyPairName('shop', 'ng1', fingerprint)).toBe(name)
  })
})

describe('sshFault', () => {
  it.each<[SshConfig | undefined, RegExp | undefined]>([
    [undefined, undefined],
    [{ publicKeyName: 'a', publicKey: '' }, undefined],
    [{ publicKeyName: 'a', publicKeyPath: 'b' }, /only one of publicKeyName, publicKeyPath or publicKey/],
    [{ enableSsm: true }, undefined],
    [{ enableSsm: false }, /cannot be disabled/],
  ])('of %j', (ssh, message) => {
    if (message) expect(sshFault(ssh)).toMatch(message)
    else expect(sshFault(ssh)).toBeUndefined()
  })
})
