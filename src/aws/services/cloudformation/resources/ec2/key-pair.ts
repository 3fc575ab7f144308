// Owns the resource type AWS::EC2::KeyPair: Ref is its name; the private half of a made one goes to Parameter Store.
import type { KeyPair } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'
import { allTags } from '../tags.ts'
import { findMade, type Item, type Noun, textOf } from './ec2.ts'

const keyPairNoun: Noun = {
  resourceType: 'key-pair',
  create: 'CreateKeyPair',
  describe: 'DescribeKeyPairs',
  remove: 'DeleteKeyPair',
  list: 'KeyPairs',
  id: 'KeyPairId',
  notFound: 'InvalidKeyPair.NotFound',
}

// "The private key is saved to Systems Manager Parameter Store, using a parameter with the following name:
// /ec2/keypair/{key_pair_id}" (template reference).
function parameterOf(keyPairId: string): string {
  return `/ec2/keypair/${keyPairId}`
}

async function look(name: string, context: ResourceContext): Promise<Item | undefined> {
  const { KeyPairs = [] } = await context.call<{ KeyPairs?: Item[] }>('ec2', 'DescribeKeyPairs', {
    Filters: [{ Name: 'key-name', Values: [name] }],
  })
  return KeyPairs[0]
}

async function make(properties: TemplateObject, context: ResourceContext): Promise<string> {
  const KeyName = textAt(properties, 'KeyName') ?? ''
  const material = textAt(properties, 'PublicKeyMaterial')
  const TagSpecifications = [{ ResourceType: 'key-pair', Tags: allTags(properties, context) }]
  if (material !== undefined) {
    const PublicKeyMaterial = Buffer.from(material)
    await context.call('ec2', 'ImportKeyPair', { KeyName, PublicKeyMaterial, TagSpecifications })
    return KeyName
  }
  const { KeyMaterial, KeyPairId = '' } = await context.call<KeyPair>('ec2', 'CreateKeyPair', {
    KeyName,
    KeyType: textAt(properties, 'KeyType'),
    TagSpecifications,
  })
  await context.call('ssm', 'PutParameter', {
    Name: parameterOf(KeyPairId),
    Type: 'SecureString',
    Value: KeyMaterial,
  })
  return KeyName
}

export const keyPair: ResourceType = {
  name: 'AWS::EC2::KeyPair',
  customName: 'KeyName',
  create: {
    operations: ['ec2:CreateKeyPair', 'ec2:ImportKeyPair', 'ssm:PutParameter'],
    on: ['KeyName', 'KeyType', 'PublicKeyMaterial', 'Tags'],
    run: make,
    find: async (properties, context) => {
      const name = await findMade(keyPairNoun, context, (item) => textOf(item, 'KeyName'))
      if (name === undefined || properties['PublicKeyMaterial'] !== undefined) return name
      const id = textOf(await look(name, context), 'KeyPairId')
      const { Parameters = [] } = await context.call<{ Parameters?: object[] }>('ssm', 'GetParameters', {
        Names: [parameterOf(id)],
      })
      if (Parameters.length > 0) return name
      // Killed before it wrote down the private half: that one is of no use to anybody.
      await context.call('ec2', 'DeleteKeyPair', { KeyName: name })
      return undefined
    },
  },
  update: [],
  defaults: { KeyFormat: 'pem' },
  attributes: ['KeyFingerprint', 'KeyPairId'],
  read: async (name, context) => {
    const found = await look(name, context)
    const attributes = {
      KeyPairId: textOf(found, 'KeyPairId'),
      KeyFingerprint: textOf(found, 'KeyFingerprint'),
    }
    return { state: 'ready', attributes }
  },
  remove: async (KeyName, context) => {
    const id = textOf(await look(KeyName, context), 'KeyPairId')
    if (id === '') return true
    await tolerating(['ParameterNotFound'], () =>
      context.call('ssm', 'DeleteParameter', { Name: parameterOf(id) }),
    )
    await context.call('ec2', 'DeleteKeyPair', { KeyName })
    return true
  },
}
