// Owns the fields of the rarer sections of a ClusterConfig, so that a slip in them is told from a known field.
import type { Schema } from './schema.ts'
import {
  any,
  boolean,
  integer,
  list,
  mapOf,
  object,
  oneOf,
  refused,
  required,
  string,
  stringMap,
  strings,
} from './schema.ts'

const placement = object({ groupName: string, spreadLevel: string })
const accessPolicy = object({ policyARN: string, accessScope: object({ type: string, namespaces: strings }) })

const accessEntry = object({
  principalARN: string,
  type: string,
  kubernetesGroups: strings,
  kubernetesUsername: string,
  accessPolicies: list(accessPolicy),
})

export const accessConfig: Schema = object({
  authenticationMode: oneOf('API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP'),
  bootstrapClusterCreatorAdminPermissions: boolean,
  accessEntries: refused(list(accessEntry), 'Create them with aws eks create-access-entry.'),
})

export const autoModeConfig: Schema = object({
  enabled: boolean,
  nodePools: strings,
  nodeRoleARN: string,
  permissionsBoundaryARN: string,
})

const remoteNetworks = list(object({ cidrs: strings }))

export const remoteNetworkConfig: Schema = object({
  vpcGatewayID: string,
  remoteNodeNetworks: remoteNetworks,
  remotePodNetworks: remoteNetworks,
  iam: object({ caBundleCert: string, provider: string, roleARN: string }),
})

export const privateCluster: Schema = object({
  enabled: boolean,
  skipEndpointCreation: boolean,
  additionalEndpointServices: strings,
})

export const secretsEncryption: Schema = object({ keyARN: required(string) })

export const gitops: Schema = object({ flux: object({ gitProvider: string, flags: mapOf(any) }) })

export const karpenter: Schema = object({
  version: string,
  createServiceAccount: boolean,
  defaultInstanceProfile: string,
  withSpotInterruptionQueue: boolean,
})

export const outpost: Schema = object({
  controlPlaneInstanceType: string,
  controlPlaneOutpostARN: string,
  controlPlanePlacement: placement,
  etcdInstanceType: string,
  etcdPlacement: placement,
})

export const controlPlaneScalingConfig: Schema = object({ tier: string })
export const zonalShiftConfig: Schema = object({ enabled: boolean })

export const kubeAPIServerConfig: Schema = object({
  eventTTL: string,
  serviceNodePortRange: object({ minPort: integer, maxPort: integer }),
})

export const kubeSchedulerConfig: Schema = object({
  nodeResourcesFit: object({
    scoringStrategy: object({ type: string, resources: list(object({ name: string, weight: integer })) }),
  }),
})

export const kubeControllerManagerConfig: Schema = object({
  horizontalPodAutoscalerControllerConfig: object({ horizontalPodAutoscalerSyncPeriod: string }),
})

const argocd = object({
  awsIdc: object({ idcInstanceArn: string, idcRegion: string }),
  namespace: string,
  networkAccess: object({ vpceIds: strings }),
  rbacRoleMappings: list(object({ role: string, identities: list(object({ id: string, type: string })) })),
})

export const capabilities: Schema = list(
  object({
    name: required(string),
    type: required(string),
    roleArn: string,
    configuration: object({ argocd }),
    accessPolicies: list(accessPolicy),
    attachPolicy: any,
    attachPolicyARNs: strings,
    deletePropagationPolicy: string,
    permissionsBoundary: string,
    tags: stringMap,
  }),
)
