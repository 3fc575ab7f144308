// Owns the stacks of a config where AWS is not asked: what only it knows stands there as a placeholder, and is listed.
import type { ClusterConfig, NodeGroupBase, SubnetSpec } from '../config/cluster-config.ts'
import { defaultKubernetesVersion } from '../rules/eks/kubernetes-versions.ts'
import { DEFAULT_VPC_CIDR } from '../rules/eksctl/network-layout.ts'
import { ownImage } from '../rules/eksctl/ami-families.ts'
import { sshKeySource } from '../rules/eksctl/ssh.ts'
import { eksIssuerHost } from '../rules/iam/issuer.ts'
import type { DeployedCluster } from './up-result.ts'
import { importedKey } from './ssh-keys.ts'
import { chosenZones } from './network.ts'
import { joiningGroups, joiningStacks } from './joining-stacks.ts'
import type { StackPlan } from './stack-plan.ts'
import { subnetsOf, zoneOf } from './subnets.ts'
import type { ClusterNetwork } from './templates/cluster.ts'
import { dedicatedNetwork, existingNetwork } from './templates/network.ts'
import { wantedStacks } from './wanted.ts'

/** Something that has to be looked up before a template can be used. */
export interface Placeholder {
  /** As it stands in templates. */
  readonly text: string
  readonly means: string
}

export interface OfflineStacks {
  /** In the order in which `up` makes them: the cluster's first. */
  readonly stacks: readonly StackPlan[]
  readonly placeholders: readonly Placeholder[]
}

const VPC = { text: 'vpc-00000000000000000', means: 'the VPC of the subnets in vpc.subnets' }
const IMAGE = {
  text: 'ami-00000000000000000',
  means: 'the image of nodes that join by themselves, by SSM or of your own',
}
const KEY = { text: 'ssh-key-pair', means: 'the EC2 key pair of the nodes: aws ec2 import-key-pair' }
const VPC_BLOCK = { text: '192.0.2.0/24', means: 'the CIDR block of the VPC' }
// EKS gives the id when it makes the cluster: 32 hexadecimal digits.
const ISSUER_ID = {
  text: '00000000000000000000000000000000',
  means: 'the id of the cluster’s OIDC issuer: aws eks describe-cluster --query cluster.identity.oidc.issuer',
}
const ENDPOINT = {
  text: 'https://00000000000000000000000000000000.gr7.example.eks.amazonaws.com',
  means: 'the endpoint of the cluster: aws eks describe-cluster --query cluster.endpoint',
}
const AUTHORITY = {
  text: 'Q0VSVElGSUNBVEU=',
  means: 'the certificate authority: aws eks describe-cluster --query cluster.certificateAuthority.data',
}

/** All stacks of a config. @throws UserError when subnets or zones that node groups name are none of the cluster's */
export function offlineStacks(given: ClusterConfig): OfflineStacks {
  const keyed = withKeyNames(withPlaceholders(given))
  const config = keyed.vpc?.subnets ? keyed : { ...keyed, availabilityZones: zonesOf(keyed) }
  const { name, region, version = defaultKubernetesVersion } = config.metadata
  const issuer = `https://${eksIssuerHost(region)}/id/${ISSUER_ID.text}`
  const cluster: DeployedCluster = {
    name,
    issuer,
    endpoint: ENDPOINT.text,
    certificateAuthorityData: AUTHORITY.text,
    vpcId: config.vpc?.id ?? VPC.text,
    serviceCidr: config.kubernetesNetworkConfig?.serviceIPv4CIDR ?? '10.100.0.0/16',
  }
  const stacks = [
    ...wantedStacks(config, { network: networkOf(config), version, issuer }),
    ...joiningStacks(
      config,
      cluster,
      new Map(joiningGroups(config).map((group) => [group.name, ownImage(group) ?? IMAGE.text])),
    ),
  ]
  const text = JSON.stringify(stacks)
  const known = [VPC, IMAGE, ISSUER_ID, KEY, VPC_BLOCK, ...subnetPlaceholders(given)].filter((each) =>
    text.includes(each.text),
  )
  // These stand in the nodes' user data, which is encoded.
  const ofNodes = joiningGroups(config).length > 0 ? [ENDPOINT, AUTHORITY] : []
  return { stacks, placeholders: [...known, ...ofNodes] }
}

function networkOf(config: ClusterConfig): ClusterNetwork {
  const { private: inside, public: outside } = subnetsOf(config)
  if (inside.length + outside.length === 0) return dedicatedNetwork(config, zonesOf(config))
  const ids = { private: inside.map(({ id }) => id), public: outside.map(({ id }) => id) }
  return existingNetwork(config.vpc?.id ?? VPC.text, ids)
}

// Three letters are what most regions have; the others stand for those that node groups name.
function zonesOf(config: ClusterConfig): readonly string[] {
  if (config.availabilityZones?.length) return config.availabilityZones
  return chosenZones(
    config,
    ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `${config.metadata.region}${letter}`),
  )
}

// A key that is in a file has its fingerprint in its name.
function withKeyNames(config: ClusterConfig): ClusterConfig {
  const { vpc } = config
  const vpcCidr = vpc?.cidr ?? (vpc?.subnets ? VPC_BLOCK.text : DEFAULT_VPC_CIDR)
  const named = <T extends NodeGroupBase>(group: T): T => {
    const source = sshKeySource(group.ssh)
    if (!source) return group
    const keyName =
      source.kind === 'name'
        ? source.name
        : source.kind === 'content'
          ? importedKey(config, group, source.text).keyName
          : KEY.text
    return { ...group, ssh: { ...group.ssh, found: { keyName, vpcCidr } } }
  }
  return {
    ...config,
    ...(config.managedNodeGroups ? { managedNodeGroups: config.managedNodeGroups.map(named) } : {}),
    ...(config.nodeGroups ? { nodeGroups: config.nodeGroups.map(named) } : {}),
  }
}

type Subnets = Readonly<Record<string, SubnetSpec>>

// Subnets that the file names by block or zone have an id on AWS alone.
function withPlaceholders(config: ClusterConfig): ClusterConfig {
  const subnets = config.vpc?.subnets
  if (!subnets) return config
  const named = (given: Subnets | undefined, from: number): Subnets =>
    Object.fromEntries(
      Object.entries(given ?? {}).map(([name, spec], index) => [
        name,
        { ...spec, id: spec.id ?? subnetPlaceholder(from + index), az: zoneOf(name, spec) ?? name },
      ]),
    )
  const count = Object.keys(subnets.private ?? {}).length
  return {
    ...config,
    vpc: {
      ...config.vpc,
      subnets: { private: named(subnets.private, 0), public: named(subnets.public, count) },
    },
  }
}

function subnetPlaceholder(index: number): string {
  return `subnet-0000000000000000${index}`
}

function subnetPlaceholders({ vpc }: ClusterConfig): readonly Placeholder[] {
  const all = [...Object.entries(vpc?.subnets?.private ?? {}), ...Object.entries(vpc?.subnets?.public ?? {})]
  return all.flatMap(([name, { id }], index) =>
    id === undefined ? [{ text: subnetPlaceholder(index), means: `the id of "${name}" of vpc.subnets` }] : [],
  )
}
