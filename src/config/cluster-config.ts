// Owns the type of an eksctl ClusterConfig (eksctl.io/v1alpha5), as far as the program acts on it.
// Every field that eksctl knows is in schema/; the ones here are honoured, the others are reported by the reader.

/** Selector of a Fargate profile, as written. */
interface ProfileSelector {
  readonly namespace: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface FargateProfileConfig {
  readonly name: string
  readonly podExecutionRoleARN?: string
  readonly selectors?: readonly ProfileSelector[]
  readonly subnets?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
}

/** Which of eksctl's ready-made policies a role gets; names as eksctl has them. */
type PolicyFlags = Readonly<Record<string, boolean>>

/** An IAM policy document, written inline. */
type InlinePolicy = Readonly<Record<string, unknown>>

export interface IamServiceAccount {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly attachPolicyARNs?: readonly string[]
  readonly attachPolicy?: InlinePolicy
  readonly wellKnownPolicies?: PolicyFlags
  readonly roleName?: string
  readonly roleOnly?: boolean
  readonly permissionsBoundary?: string
  readonly tags?: Readonly<Record<string, string>>
}

interface NodeTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface ManagedNodeGroup {
  readonly name: string
  readonly amiFamily?: string
  readonly instanceType?: string
  readonly instanceTypes?: readonly string[]
  readonly minSize?: number
  readonly desiredCapacity?: number
  readonly maxSize?: number
  readonly spot?: boolean
  readonly privateNetworking?: boolean
  readonly availabilityZones?: readonly string[]
  readonly subnets?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly taints?: readonly NodeTaint[]
  readonly volumeType?: 'gp2' | 'gp3' | 'io1' | 'io2' | 'sc1' | 'st1'
  /** GiB. */
  readonly volumeSize?: number
  readonly volumeIOPS?: number
  /** MiB/s. */
  readonly volumeThroughput?: number
  readonly volumeEncrypted?: boolean
  readonly releaseVersion?: string
  readonly iam?: {
    readonly attachPolicyARNs?: readonly string[]
    readonly instanceRoleARN?: string
    readonly instanceRoleName?: string
    readonly withAddonPolicies?: PolicyFlags
  }
}

/** A subnet under `vpc.subnets`: the key is its zone unless `az` says otherwise. */
export interface SubnetSpec {
  readonly id: string
  readonly az?: string
}

interface VpcConfig {
  readonly cidr?: string
  readonly nat?: { readonly gateway?: 'HighlyAvailable' | 'Single' | 'Disable' }
  readonly clusterEndpoints?: { readonly publicAccess?: boolean; readonly privateAccess?: boolean }
  readonly publicAccessCIDRs?: readonly string[]
  readonly subnets?: {
    readonly private?: Readonly<Record<string, SubnetSpec>>
    readonly public?: Readonly<Record<string, SubnetSpec>>
  }
}

interface AddonConfig {
  readonly name: string
  readonly version?: string
  readonly configurationValues?: string
  readonly serviceAccountRoleARN?: string
}

type ControlPlaneLog = 'api' | 'audit' | 'authenticator' | 'controllerManager' | 'scheduler' | 'all' | '*'

export interface ClusterConfig {
  readonly apiVersion: 'eksctl.io/v1alpha5'
  readonly kind: 'ClusterConfig'
  readonly metadata: {
    readonly name: string
    readonly region: string
    /** `1.35`; undefined means the default of data/kubernetes-versions.json. */
    readonly version?: string
    readonly tags?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly vpc?: VpcConfig
  readonly kubernetesNetworkConfig?: { readonly ipFamily?: 'IPv4'; readonly serviceIPv4CIDR?: string }
  readonly availabilityZones?: readonly string[]
  readonly iam?: {
    readonly withOIDC?: boolean
    readonly serviceRoleARN?: string
    readonly serviceRolePermissionsBoundary?: string
    readonly fargatePodExecutionRoleARN?: string
    readonly serviceAccounts?: readonly IamServiceAccount[]
  }
  readonly accessConfig?: {
    readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'
    readonly bootstrapClusterCreatorAdminPermissions?: boolean
  }
  readonly addons?: readonly AddonConfig[]
  readonly addonsConfig?: { readonly disableDefaultAddons?: boolean }
  readonly managedNodeGroups?: readonly ManagedNodeGroup[]
  readonly fargateProfiles?: readonly FargateProfileConfig[]
  readonly cloudWatch?: {
    readonly clusterLogging?: {
      readonly enableTypes?: readonly ControlPlaneLog[]
      readonly logRetentionInDays?: number
    }
  }
}
