import { describe, expect, it } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import type { ManagedNodeGroup } from '../config/cluster-config.ts'
import { deleteSshKeys, ensureSshKey, groupsWithOwnKey, withSshKeys } from './ssh-keys.ts'
import { awsFailure, testDeployment } from './testing/fake-cloud.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const NAME = expect.stringMatching(/^eksctl-workshop-nodegroup-ng-[\w+/]{43}$/) as string

/** A deployment whose EC2 has these key pairs; tags of each are of the project or nobody's. */
async function scene(group: Partial<ManagedNodeGroup>, pairs: Readonly<Record<string, string>> = {}) {
  const sent: [string, object][] = []
  const { context } = await testDeployment({}, { config: { managedNodeGroups: [{ name: 'ng', ...group }] } })
  const send = async (command: { readonly input: { readonly KeyNames?: string[] } }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '')
    sent.push([operation, command.input])
    if (operation !== 'DescribeKeyPairs') return {}
    const names = command.input.KeyNames ?? Object.keys(pairs)
    const missing = names.find((name) => pairs[name] === undefined)
    if (missing !== undefined) throw awsFailure('InvalidKeyPair.NotFound', `no ${missing}`)
    const tagged = (Value: string | undefined) => [{ Key: 'neargate.dev/project', Value }]
    return { KeyPairs: names.map((KeyName) => ({ KeyName, Tags: tagged(pairs[KeyName]) })) }
  }
  Object.assign(context.cloud, { ec2: async () => ({ send }) })
  return { context, sent }
}

async function found(group: Partial<ManagedNodeGroup>, pairs: Readonly<Record<string, string>> = {}) {
  const { context } = await scene(group, pairs)
  const files = memoryFiles({ 'keys/me.pub': KEY, 'bad.pub': 'no key' })
  const config = await withSshKeys(context, files)
  return config.managedNodeGroups?.[0]?.ssh?.found
}

describe('withSshKeys', () => {
  it.each<[string, Partial<ManagedNodeGroup>, object | undefined]>([
    ['no ssh', {}, undefined],
    ['a key in the file', { ssh: { publicKey: KEY } }, { keyName: NAME, publicKey: KEY }],
    ['a key in a file of its own', { ssh: { publicKeyPath: 'keys/me.pub' } }, { keyName: NAME }],
    ['a key pair', { ssh: { publicKeyName: 'mine' } }, { keyName: 'mine', vpcCidr: '192.168.0.0/16' }],
    ['a key pair where a path is asked for', { ssh: { publicKeyPath: 'mine' } }, { keyName: 'mine' }],
  ])('finds %s', async (_, group, expected) => {
    const key = await found(group, { mine: '' })
    if (expected) expect(key).toMatchObject(expected)
    else expect(key).toBeUndefined()
  })

  it.each<[string, Partial<ManagedNodeGroup>, string]>([
    ['a key pair that is not there', { ssh: { publicKeyName: 'other' } }, 'cannot find EC2 key pair "other"'],
    ['no file', { ssh: { publicKeyPath: 'gone.pub' } }, 'cannot find EC2 key pair "gone.pub"'],
    ['no key', { ssh: { publicKeyPath: 'bad.pub' } }, 'not in OpenSSH public key format'],
  ])('refuses %s', async (_, group, message) => {
    await expect(found(group)).rejects.toThrow(
      `node group ng: ${message}`.replace('not in', 'its SSH key is not in'),
    )
  })
})

describe('ensureSshKey', () => {
  it('imports a key once, marked as ours', async () => {
    const { context, sent } = await scene({ ssh: { publicKey: KEY } })
    const config = await withSshKeys(context)
    const [group] = groupsWithOwnKey(config)
    expect(await ensureSshKey(context, group ?? { name: '' })).toMatchObject({ outcome: 'created' })
    expect(sent.at(-1)).toEqual([
      'ImportKeyPair',
      {
        KeyName: NAME,
        PublicKeyMaterial: Buffer.from(KEY),
        TagSpecifications: [
          { ResourceType: 'key-pair', Tags: [{ Key: 'neargate.dev/project', Value: 'workshop' }] },
        ],
      },
    ])
    const there = await scene({}, { [group?.ssh?.found?.keyName ?? '']: 'workshop' })
    expect(await ensureSshKey(there.context, group ?? { name: '' })).toMatchObject({ outcome: 'unchanged' })
  })
})

describe('deleteSshKeys', () => {
  it('removes those of ours alone', async () => {
    const { context, sent } = await scene(
      {},
      { 'eksctl-workshop-a': 'workshop', 'eksctl-workshop-b': 'else' },
    )
    expect(await deleteSshKeys(context)).toEqual(['eksctl-workshop-a'])
    expect(sent.at(-1)).toEqual(['DeleteKeyPair', { KeyName: 'eksctl-workshop-a' }])
  })
})
