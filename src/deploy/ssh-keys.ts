// Owns the SSH keys of node groups: found by name, or read from the file or its directory and imported into EC2.
// Source: eksctl pkg/ssh (loader.go, client/ssh.go).
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { KeyPairInfo } from '@aws-sdk/client-ec2'

import type { ClusterConfig, NodeGroupBase } from '../config/cluster-config.ts'
import { disk, type FileSystem } from '../config/file-system.ts'
import { isAwsCode, UserError } from '../base/errors.ts'
import { DEFAULT_VPC_CIDR } from '../rules/eksctl/network-layout.ts'
import { sshKeyPairName, sshKeyPairPrefix, sshKeySource } from '../rules/eksctl/ssh.ts'
import { parseSshKey } from '../rules/nodes/ssh-key.ts'
import type { DeployContext } from './context.ts'
import { isOurs, projectTags, tagList, tagsOf } from './ownership.ts'
import type { StepResult } from './progress.ts'

/** What reading a key needs of the disk. */
export type KeyFiles = Pick<FileSystem, 'kindOf' | 'read'>

/**
 * The config with the name of the key pair of each group that SSH is allowed to, and the key where it is to be imported.
 * A path with no file is the name of a key pair, as eksctl has it.
 * @throws UserError when a key cannot be read, or EC2 has no key pair of a name
 */
export async function withSshKeys(context: DeployContext, files: KeyFiles = disk): Promise<ClusterConfig> {
  const { config } = context
  const all = [...(config.managedNodeGroups ?? []), ...(config.nodeGroups ?? [])]
  if (!all.some(({ ssh }) => sshKeySource(ssh))) return config
  const vpcCidr = await vpcCidrOf(context)
  const find = <T extends NodeGroupBase>(group: T): Promise<T> => withKey(context, group, { files, vpcCidr })
  return {
    ...config,
    ...(config.managedNodeGroups
      ? { managedNodeGroups: await Promise.all(config.managedNodeGroups.map(find)) }
      : {}),
    ...(config.nodeGroups ? { nodeGroups: await Promise.all(config.nodeGroups.map(find)) } : {}),
  }
}

async function withKey<T extends NodeGroupBase>(
  context: DeployContext,
  group: T,
  { files, vpcCidr }: { readonly files: KeyFiles; readonly vpcCidr: string },
): Promise<T> {
  const source = sshKeySource(group.ssh)
  if (!source) return group
  const text =
    source.kind === 'content' ? source.text : source.kind === 'path' ? keyIn(files, source.path) : undefined
  if (text === undefined) {
    const keyName = source.kind === 'name' ? source.name : source.kind === 'path' ? source.path : ''
    if (!(await findKeyPair(context, keyName))) {
      throw new UserError(`node group ${group.name}: cannot find EC2 key pair "${keyName}"`, {
        help:
          source.kind === 'path'
            ? `There is no file ${source.path} either: make the key with ssh-keygen, or name another in ssh.`
            : 'Import it with aws ec2 import-key-pair, or give ssh.publicKeyPath.',
      })
    }
    return { ...group, ssh: { ...group.ssh, found: { keyName, vpcCidr } } }
  }
  const found = { ...importedKey(context.config, group, text), vpcCidr }
  return { ...group, ssh: { ...group.ssh, found } }
}

/** The name that a key is imported by. @throws UserError for what is no key */
export function importedKey(
  config: ClusterConfig,
  group: NodeGroupBase,
  text: string,
): { readonly keyName: string; readonly publicKey: string } {
  const key = parseSshKey(text)
  if (!key) {
    throw new UserError(`node group ${group.name}: its SSH key is not in OpenSSH public key format`, {
      help: 'EC2 takes lines such as "ssh-ed25519 AAAA…" or "ssh-rsa AAAA…": give the .pub file.',
    })
  }
  return {
    keyName: sshKeyPairName(config.metadata.name, group.name, key.fingerprint),
    publicKey: key.publicKey,
  }
}

function keyIn(files: KeyFiles, path: string): string | undefined {
  const whole = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
  return files.kindOf(whole) === 'file' ? files.read(whole) : undefined
}

async function vpcCidrOf({ cloud, config: { vpc } }: DeployContext): Promise<string> {
  if (vpc?.cidr !== undefined) return vpc.cidr
  if (vpc?.id === undefined) return DEFAULT_VPC_CIDR
  const { DescribeVpcsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({ VpcIds: [vpc.id] }))
  return Vpcs[0]?.CidrBlock ?? DEFAULT_VPC_CIDR
}

async function findKeyPair({ cloud }: DeployContext, name: string): Promise<KeyPairInfo | undefined> {
  const { DescribeKeyPairsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  try {
    const { KeyPairs = [] } = await client.send(new DescribeKeyPairsCommand({ KeyNames: [name] }))
    return KeyPairs[0]
  } catch (error) {
    if (isAwsCode(error, 'InvalidKeyPair.NotFound')) return undefined
    throw error
  }
}

/** Imports the key of a group, unless EC2 has it. */
export async function ensureSshKey(context: DeployContext, group: NodeGroupBase): Promise<StepResult> {
  const { keyName = '', publicKey = '' } = group.ssh?.found ?? {}
  if (await findKeyPair(context, keyName)) return { outcome: 'unchanged', detail: keyName }
  const { ImportKeyPairCommand } = await import('@aws-sdk/client-ec2')
  const client = await context.cloud.ec2()
  const Tags = tagList(projectTags(context.config.metadata.name))
  await client.send(
    new ImportKeyPairCommand({
      KeyName: keyName,
      PublicKeyMaterial: Buffer.from(publicKey),
      TagSpecifications: [{ ResourceType: 'key-pair', Tags }],
    }),
  )
  return { outcome: 'created', detail: keyName }
}

/** The groups whose key `up` imports. */
export function groupsWithOwnKey({
  managedNodeGroups = [],
  nodeGroups = [],
}: ClusterConfig): NodeGroupBase[] {
  return [...managedNodeGroups, ...nodeGroups].filter(({ ssh }) => ssh?.found?.publicKey !== undefined)
}

/** Removes the key pairs that `up` has imported for a cluster. @returns their names */
export async function deleteSshKeys({ cloud, config }: DeployContext): Promise<readonly string[]> {
  const { DeleteKeyPairCommand, DescribeKeyPairsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const cluster = config.metadata.name
  const Filters = [{ Name: 'key-name', Values: [`${sshKeyPairPrefix(cluster)}*`] }]
  const { KeyPairs = [] } = await client.send(new DescribeKeyPairsCommand({ Filters }))
  const names = KeyPairs.filter(({ Tags }) => isOurs(tagsOf(Tags), cluster)).flatMap(
    ({ KeyName }) => KeyName ?? [],
  )
  for (const KeyName of names) await client.send(new DeleteKeyPairCommand({ KeyName }))
  return names
}
