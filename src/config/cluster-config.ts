// Owns the type of an eksctl ClusterConfig (eksctl.io/v1alpha5), as far as the program acts on it.
// Every field that eksctl knows is in schema/; the ones here are honoured, the others are reported by the reader.
import type { InstanceSelector } from '../rules/eksctl/instance-selector.ts'
import type { NodeTaint } from '../rules/eksctl/node-group-defaults.ts'
import type { SshConfig } from '../rules/eksctl/ssh.ts'

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
  /** Instead of a role that is made. */
  readonly attachRoleARN?: string
  /** Of names of accounts, instead of the one name, that may have the role. */
  readonly subjectPattern?: string
  readonly roleName?: string
  readonly roleOnly?: boolean
  readonly permissionsBoundary?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** An entry of `iam.podIdentityAssociations`, or of those of an add-on. */
export interface PodIdentityConfig {
  readonly namespace: string
  readonly serviceAccountName: string
  readonly createServiceAccount?: boolean
  /** Instead of a role that is made with the policies below. */
  readonly roleARN?: string
  readonly roleName?: string
  readonly permissionsBoundaryARN?: string
  readonly permissionPolicyARNs?: readonly string[]
  readonly permissionPolicy?: InlinePolicy
  readonly permissionPolicyName?: string
  readonly wellKnownPolicies?: PolicyFlags
  readonly tags?: Readonly<Record<string, string>>
  /** A role, of another account perhaps, that the first one leads to. */
  readonly targetRoleARN?: string
  readonly disableSessionTags?: boolean
  /** A policy of the sessions, as JSON. */
  readonly policy?: string
}

interface NodeVolume {
  readonly volumeType?: 'gp2' | 'gp3' | 'io1' | 'io2' | 'sc1' | 'st1'
  /** GiB. */
  readonly volumeSize?: number
  readonly volumeIOPS?: number
  /** MiB/s. */
  readonly volumeThroughput?: number
  readonly volumeEncrypted?: boolean
  readonly volumeKmsKeyID?: string
  /** Where it is attached, e.g. `/dev/xvda`. */
  readonly volumeName?: string
  /** What it holds at first; of additional volumes. */
  readonly snapshotID?: string
}

interface NodeSsh extends SshConfig {
  /** What `up` has looked up (deploy/ssh-keys.ts); absent where nobody may connect. */
  readonly found?: {
    readonly keyName: string
    /** Where it is to be imported. */
    readonly publicKey?: string
    readonly vpcCidr: string
  }
}

/** What managed and self-managed node groups have in common. */
export interface NodeGroupBase extends NodeVolume {
  /** Processes of the Auto Scaling group that are suspended once its nodes are there. */
  readonly asgSuspendProcesses?: readonly string[]
  readonly name: string
  /** Spelled as in rules/eksctl/ami-families.ts. */
  readonly amiFamily?: string
  /** An image id; in self-managed groups `auto`, `auto-ssm` and `static` ask, as nothing does, for the newest of the family. */
  readonly ami?: string
  readonly bottlerocket?: {
    readonly enableAdminContainer?: boolean
    readonly settings?: Readonly<Record<string, unknown>>
  }
  /** Elastic Fabric Adapters on all network cards of the type. */
  readonly efaEnabled?: boolean
  readonly capacityReservation?: {
    readonly capacityReservationPreference?: 'open' | 'none'
    readonly capacityReservationTarget?: {
      readonly capacityReservationID?: string
      readonly capacityReservationResourceGroupARN?: string
    }
  }
  readonly instanceMarketOptions?: { readonly marketType?: 'capacity-block' }
  readonly instanceType?: string
  /** The reader has put the types that it chooses in their place (instance-selectors.ts). */
  readonly instanceSelector?: InstanceSelector
  /** The placement group, which is there. */
  readonly placement?: { readonly groupName?: string }
  readonly minSize?: number
  readonly desiredCapacity?: number
  readonly maxSize?: number
  readonly privateNetworking?: boolean
  readonly availabilityZones?: readonly string[]
  readonly subnets?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly additionalVolumes?: readonly NodeVolume[]
  readonly maxPodsPerNode?: number
  readonly preBootstrapCommands?: readonly string[]
  readonly overrideBootstrapCommand?: string
  readonly disableIMDSv1?: boolean
  readonly disablePodIMDS?: boolean
  readonly ebsOptimized?: boolean
  readonly enableDetailedMonitoring?: boolean
  readonly ssh?: NodeSsh
  readonly instanceName?: string
  readonly instancePrefix?: string
  readonly securityGroups?: {
    readonly attachIDs?: readonly string[]
    readonly withLocal?: boolean
    readonly withShared?: boolean
  }
  readonly iam?: {
    readonly attachPolicy?: InlinePolicy
    readonly attachPolicyARNs?: readonly string[]
    /** Of `nodeGroups` alone, beside the role that is in it. */
    readonly instanceProfileARN?: string
    readonly instanceRoleARN?: string
    readonly instanceRoleName?: string
    readonly instanceRolePermissionsBoundary?: string
    readonly withAddonPolicies?: PolicyFlags
  }
}

/** A launch template of the user's own. */
export interface LaunchTemplateConfig {
  readonly id: string
  /** The default one where absent. */
  readonly version?: string
  /** What `up` has looked up of it (deploy/own-templates.ts). */
  readonly found?: { readonly imageId?: string; readonly instanceType?: string }
}

interface NodeRepairConfig {
  readonly enabled?: boolean
  readonly maxUnhealthyNodeThresholdCount?: number
  readonly maxUnhealthyNodeThresholdPercentage?: number
  readonly maxParallelNodesRepairedCount?: number
  readonly maxParallelNodesRepairedPercentage?: number
  readonly nodeRepairConfigOverrides?: readonly {
    readonly nodeMonitoringCondition?: string
    readonly nodeUnhealthyReason?: string
    readonly minRepairWaitTimeMins?: number
    readonly repairAction?: string
  }[]
}

export interface ManagedNodeGroup extends NodeGroupBase {
  /** Labels, taints and tags become tags of the Auto Scaling group, for the Cluster Autoscaler. */
  readonly propagateASGTags?: boolean
  readonly instanceTypes?: readonly string[]
  readonly spot?: boolean
  readonly taints?: readonly NodeTaint[]
  readonly releaseVersion?: string
  readonly launchTemplate?: LaunchTemplateConfig
  /** How many nodes may be replaced at once. */
  readonly updateConfig?: { readonly maxUnavailable?: number; readonly maxUnavailablePercentage?: number }
  readonly nodeRepairConfig?: NodeRepairConfig
}

/** An entry of `nodeGroups`: an Auto Scaling group whose instances join by themselves. */
export interface SelfManagedNodeGroup extends NodeGroupBase {
  readonly taints?: readonly NodeTaint[] | Readonly<Record<string, string>>
  readonly clusterDNS?: string
  readonly kubeletExtraConfig?: Readonly<Record<string, unknown>>
  readonly cpuCredits?: string
  readonly enclaveEnabled?: boolean
  /** Seconds, from a day on. */
  readonly maxInstanceLifetime?: number
  readonly asgMetricsCollection?: readonly {
    readonly granularity: string
    readonly metrics?: readonly string[]
  }[]
  readonly propagateASGTags?: boolean
  /** Where its instances are registered. */
  readonly targetGroupARNs?: readonly string[]
  readonly instancesDistribution?: {
    readonly instanceTypes: readonly string[]
    /** USD an hour. */
    readonly maxPrice?: number
    readonly onDemandBaseCapacity?: number
    readonly onDemandPercentageAboveBaseCapacity?: number
    readonly spotAllocationStrategy?: string
    readonly spotInstancePools?: number
    readonly capacityRebalance?: boolean
  }
}

/** A subnet under `vpc.subnets`, by its id, its block or its zone: that is `az`, or the key where it is a zone. */
export interface SubnetSpec {
  readonly id?: string
  readonly az?: string
  readonly cidr?: string
}

interface VpcConfig {
  /** The VPC that the subnets are in. */
  readonly id?: string
  readonly cidr?: string
  readonly nat?: { readonly gateway?: 'HighlyAvailable' | 'Single' | 'Disable' }
  readonly clusterEndpoints?: { readonly publicAccess?: boolean; readonly privateAccess?: boolean }
  readonly publicAccessCIDRs?: readonly string[]
  /** Where the control plane is, instead of in all subnets of the cluster. */
  readonly controlPlaneSubnetIDs?: readonly string[]
  /** Of the control plane, instead of one that is made for it. */
  readonly securityGroup?: string
  readonly controlPlaneSecurityGroupIDs?: readonly string[]
  /** Of all nodes, instead of one that is made for them. */
  readonly sharedNodeSecurityGroup?: string
  /** False leaves the rules between nodes and control plane to the owner of the shared group. */
  readonly manageSharedNodeSecurityGroupRules?: boolean
  /** Blocks that reach the control plane besides. */
  readonly extraCIDRs?: readonly string[]
  readonly extraIPv6CIDRs?: readonly string[]
  /** IPv6 blocks for a VPC that is made, and for its subnets. */
  readonly autoAllocateIPv6?: boolean
  /** What instances in its subnets are called by: their address or their id. */
  readonly hostnameType?: 'ip-name' | 'resource-name'
  readonly controlPlaneOnPrivateSubnets?: boolean
  /** Who routes what leaves the control plane: EKS, or the VPC. */
  readonly controlPlaneEgressMode?: string
  readonly subnets?: {
    readonly private?: Readonly<Record<string, SubnetSpec>>
    readonly public?: Readonly<Record<string, SubnetSpec>>
  }
}

export interface AddonConfig {
  readonly name: string
  readonly attachPolicy?: InlinePolicy
  readonly attachPolicyARNs?: readonly string[]
  readonly wellKnownPolicies?: PolicyFlags
  readonly permissionsBoundary?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly version?: string
  readonly configurationValues?: string
  readonly serviceAccountRoleARN?: string
  readonly podIdentityAssociations?: readonly PodIdentityConfig[]
  /** Associations with the policies that EKS recommends. */
  readonly useDefaultPodIdentityAssociations?: boolean
}

export interface AccessEntryConfig {
  readonly principalARN: string
  readonly type?: string
  readonly kubernetesGroups?: readonly string[]
  readonly kubernetesUsername?: string
  readonly accessPolicies?: readonly {
    readonly policyARN: string
    readonly accessScope: { readonly type: 'cluster' | 'namespace'; readonly namespaces?: readonly string[] }
  }[]
}

/** An entry of aws-auth: an ARN of a role or user, or an account alone. */
export interface IdentityMapping {
  readonly account?: string
  readonly arn?: string
  readonly username?: string
  readonly groups?: readonly string[]
}

/** An OIDC provider whose users the cluster lets in. */
export interface IdentityProviderConfig {
  readonly type: 'oidc'
  readonly name: string
  readonly issuerURL: string
  readonly clientID: string
  readonly usernameClaim?: string
  readonly usernamePrefix?: string
  readonly groupsClaim?: string
  readonly groupsPrefix?: string
  readonly requiredClaims?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
}

type ControlPlaneLog = 'api' | 'audit' | 'authenticator' | 'controllerManager' | 'scheduler' | 'all' | '*'

/** EKS makes nodes for pending pods by itself. */
export interface AutoModeConfig {
  readonly enabled?: boolean
  /** Both built-in ones when absent; none when empty. */
  readonly nodePools?: readonly string[]
  readonly nodeRoleARN?: string
  /** Of the role that is made where none is given. */
  readonly permissionsBoundaryARN?: string
}

/** Karpenter as eksctl installs it. */
export interface KarpenterConfig {
  /** Of its chart, `1.8.1`. */
  readonly version: string
  /** The chart makes the service account; otherwise `up` does, as eksctl does. */
  readonly createServiceAccount?: boolean
  /** What the instance profile of its nodes is called. */
  readonly defaultInstanceProfile?: string
}

/** Networks on premises, whose machines may join the cluster as hybrid nodes. */
export interface RemoteNetworkConfig {
  readonly iam?: {
    /** What gives the machines their credentials; read by `remoteProvider`. */
    readonly provider?: string
    /** Instead of a role that is made. */
    readonly roleARN?: string
    /** PEM; of whom IAM Roles Anywhere trusts. */
    readonly caBundleCert?: string
  }
  /** `tgw-…` or `vgw-…`: where a VPC that is made leads the blocks. */
  readonly vpcGatewayID?: string
  readonly remoteNodeNetworks?: readonly RemoteNetwork[]
  readonly remotePodNetworks?: readonly RemoteNetwork[]
}

interface RemoteNetwork {
  readonly cidrs?: readonly string[]
}

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
  readonly upgradePolicy?: { readonly supportType?: 'STANDARD' | 'EXTENDED' }
  readonly secretsEncryption?: { readonly keyARN: string }
  readonly kubernetesNetworkConfig?: {
    /** Read by `isIpv6`. */
    readonly ipFamily?: 'IPv4' | 'ipv4' | 'IPv6' | 'ipv6'
    readonly serviceIPv4CIDR?: string
  }
  readonly availabilityZones?: readonly string[]
  readonly iam?: {
    readonly withOIDC?: boolean
    readonly serviceRoleARN?: string
    readonly serviceRolePermissionsBoundary?: string
    readonly fargatePodExecutionRoleARN?: string
    readonly fargatePodExecutionRolePermissionsBoundary?: string
    readonly vpcResourceControllerPolicy?: boolean
    readonly serviceAccounts?: readonly IamServiceAccount[]
    readonly podIdentityAssociations?: readonly PodIdentityConfig[]
  }
  readonly accessConfig?: {
    readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'
    readonly bootstrapClusterCreatorAdminPermissions?: boolean
    readonly accessEntries?: readonly AccessEntryConfig[]
  }
  readonly identityProviders?: readonly IdentityProviderConfig[]
  readonly privateCluster?: {
    readonly enabled?: boolean
    /** The endpoints are there already. */
    readonly skipEndpointCreation?: boolean
    readonly additionalEndpointServices?: readonly string[]
  }
  readonly remoteNetworkConfig?: RemoteNetworkConfig
  readonly kubeAPIServerConfig?: {
    /** `30m` */
    readonly eventTTL?: string
    readonly serviceNodePortRange?: { readonly minPort?: number; readonly maxPort?: number }
  }
  readonly kubeControllerManagerConfig?: {
    readonly horizontalPodAutoscalerControllerConfig?: {
      /** `15s` */
      readonly horizontalPodAutoscalerSyncPeriod?: string
    }
  }
  readonly kubeSchedulerConfig?: {
    readonly nodeResourcesFit?: {
      readonly scoringStrategy?: {
        readonly type?: string
        readonly resources?: readonly { readonly name?: string; readonly weight?: number }[]
      }
    }
  }
  readonly controlPlaneScalingConfig?: { readonly tier?: string }
  readonly autoModeConfig?: AutoModeConfig
  readonly karpenter?: KarpenterConfig
  readonly zonalShiftConfig?: { readonly enabled?: boolean }
  readonly iamIdentityMappings?: readonly IdentityMapping[]
  readonly addons?: readonly AddonConfig[]
  readonly addonsConfig?: {
    readonly disableDefaultAddons?: boolean
    /** Default associations for every add-on that can have them and says nothing else. */
    readonly autoApplyPodIdentityAssociations?: boolean
  }
  readonly nodeGroups?: readonly SelfManagedNodeGroup[]
  readonly managedNodeGroups?: readonly ManagedNodeGroup[]
  readonly fargateProfiles?: readonly FargateProfileConfig[]
  readonly cloudWatch?: {
    readonly clusterLogging?: {
      readonly enableTypes?: readonly ControlPlaneLog[]
      readonly logRetentionInDays?: number
    }
  }
}
