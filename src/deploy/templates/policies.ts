// Owns the IAM statements behind eksctl's add-on policies: which actions each well-known workload needs.
// Source of the action lists: the projects' own install guides, as eksctl attaches them (pkg/cfn/builder/statement.go).
import { loadBalancerControllerStatements } from './load-balancer-policy.ts'
import { sub, type Resources, type TemplateResource, type Value } from './template.ts'

export interface PolicySet {
  /** Names of AWS-managed policies to attach. */
  readonly managed: readonly string[]
  /** Inline policies by logical id, each a list of statements. */
  readonly inline: Readonly<Record<string, readonly Value[]>>
}

const allowOnAll = (...actions: string[]): Value => ({ Effect: 'Allow', Action: actions, Resource: '*' })
const allowOn = (resource: string, ...actions: string[]): Value => ({
  Effect: 'Allow',
  Action: actions,
  Resource: sub(`arn:\${AWS::Partition}:${resource}`),
})

const changeRecords = allowOn('route53:::hostedzone/*', 'route53:ChangeResourceRecordSets')
const readZones = (...more: string[]): Value => allowOnAll('route53:ListResourceRecordSets', ...more)

const autoScaler: PolicySet = {
  managed: [],
  inline: {
    PolicyAutoScaling: [
      allowOnAll(
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeAutoScalingInstances',
        'autoscaling:DescribeLaunchConfigurations',
        'autoscaling:DescribeScalingActivities',
        'autoscaling:DescribeTags',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplateVersions',
      ),
      allowOnAll(
        'autoscaling:SetDesiredCapacity',
        'autoscaling:TerminateInstanceInAutoScalingGroup',
        'ec2:DescribeImages',
        'ec2:GetInstanceTypesFromInstanceRequirements',
        'eks:DescribeNodegroup',
      ),
    ],
  },
}

const certManager: PolicySet = {
  managed: [],
  inline: {
    PolicyCertManagerChangeSet: [changeRecords],
    PolicyCertManagerHostedZones: [readZones('route53:ListHostedZonesByName')],
    PolicyCertManagerGetChange: [allowOn('route53:::change/*', 'route53:GetChange')],
  },
}

const externalDns: PolicySet = {
  managed: [],
  inline: {
    PolicyExternalDNSChangeSet: [changeRecords],
    PolicyExternalDNSHostedZones: [readZones('route53:ListHostedZones', 'route53:ListTagsForResource')],
  },
}

const efs: PolicySet = {
  managed: [],
  inline: {
    PolicyEFS: [allowOnAll('elasticfilesystem:*')],
    PolicyEFSEC2: [
      allowOnAll(
        'ec2:DescribeSubnets',
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DeleteNetworkInterface',
        'ec2:ModifyNetworkInterfaceAttribute',
        'ec2:DescribeNetworkInterfaceAttribute',
      ),
    ],
  },
}

const fsx: PolicySet = {
  managed: [],
  inline: {
    PolicyFSX: [allowOnAll('fsx:*')],
    PolicyServiceLinkRole: [
      allowOn(
        'iam::*:role/aws-service-role/*',
        'iam:CreateServiceLinkedRole',
        'iam:AttachRolePolicy',
        'iam:PutRolePolicy',
      ),
    ],
  },
}

const xRay: PolicySet = {
  managed: [],
  inline: {
    PolicyXRay: [
      allowOnAll(
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:GetSamplingStatisticSummaries',
      ),
    ],
  },
}

const loadBalancerController: PolicySet = {
  managed: [],
  inline: { PolicyAWSLoadBalancerController: loadBalancerControllerStatements },
}

const EFS_TAG = 'efs.csi.aws.com/cluster'

function allowTagged(action: string, key: string): Value {
  return { Effect: 'Allow', Action: [action], Resource: '*', Condition: { StringLike: { [key]: 'true' } } }
}

const efsCsiController: PolicySet = {
  managed: [],
  inline: {
    PolicyEFSCSIController: [
      allowOnAll('elasticfilesystem:DescribeAccessPoints', 'elasticfilesystem:DescribeFileSystems'),
      allowTagged('elasticfilesystem:CreateAccessPoint', `aws:RequestTag/${EFS_TAG}`),
      allowTagged('elasticfilesystem:TagResource', `aws:RequestTag/${EFS_TAG}`),
      allowTagged('elasticfilesystem:DeleteAccessPoint', `aws:ResourceTag/${EFS_TAG}`),
    ],
  },
}

function appMesh(policy: string, actions: string): PolicySet {
  const discovery = ['CreateService', 'DeleteService', 'GetService', 'GetInstance', 'RegisterInstance']
  const more = ['DeregisterInstance', 'ListInstances', 'ListNamespaces', 'ListServices']
  const health = ['GetInstancesHealthStatus', 'UpdateInstanceCustomHealthStatus', 'GetOperation']
  const route53 = ['GetHealthCheck', 'CreateHealthCheck', 'UpdateHealthCheck', 'ChangeResourceRecordSets']
  return {
    managed: [],
    inline: {
      [policy]: [
        allowOnAll(
          ...[...discovery, ...more, ...health].map((name) => `servicediscovery:${name}`),
          ...[...route53, 'DeleteHealthCheck'].map((name) => `route53:${name}`),
          actions,
        ),
      ],
    },
  }
}

const managedOnly = (name: string): PolicySet => ({ managed: [name], inline: {} })

/** What `iam.withAddonPolicies` of a node group means, by field name. */
export const nodePolicies: Readonly<Record<string, PolicySet>> = {
  imageBuilder: managedOnly('AmazonEC2ContainerRegistryPowerUser'),
  autoScaler,
  certManager,
  externalDNS: externalDns,
  appMesh: appMesh('PolicyAppMesh', 'appmesh:*'),
  appMeshPreview: appMesh('PolicyAppMeshPreview', 'appmesh-preview:*'),
  efs,
  fsx,
  ebs: managedOnly('service-role/AmazonEBSCSIDriverPolicy'),
  albIngress: loadBalancerController,
  awsLoadBalancerController: loadBalancerController,
  xRay,
  cloudWatch: managedOnly('CloudWatchAgentServerPolicy'),
}

/** What `wellKnownPolicies` of a service account means, by field name. */
export const wellKnownPolicies: Readonly<Record<string, PolicySet>> = {
  imageBuilder: managedOnly('AmazonEC2ContainerRegistryPowerUser'),
  autoScaler,
  awsLoadBalancerController: loadBalancerController,
  externalDNS: externalDns,
  certManager,
  efsCSIController: efsCsiController,
  ebsCSIController: managedOnly('service-role/AmazonEBSCSIDriverPolicy'),
}

/** The sets that a `{name: true}` record turns on, in the order of the table. */
export function enabledPolicies(
  table: Readonly<Record<string, PolicySet>>,
  enabled: object | undefined,
): readonly PolicySet[] {
  const flags = new Map<string, unknown>(Object.entries(enabled ?? {}))
  // Two names may mean the same policy (albIngress is the older one).
  return [...new Set(Object.entries(table).flatMap(([name, set]) => (flags.get(name) === true ? [set] : [])))]
}

/** Inline policies of a role as template resources. */
export function inlinePolicyResources(role: Value, policies: readonly PolicySet[]): Resources {
  const entries = policies.flatMap((set) => Object.entries(set.inline))
  return Object.fromEntries(entries.map(([id, statements]) => [id, inlinePolicy(id, role, statements)]))
}

function inlinePolicy(logicalId: string, role: Value, statements: readonly Value[]): TemplateResource {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: sub(`\${AWS::StackName}-${logicalId}`),
      PolicyDocument: { Version: '2012-10-17', Statement: statements },
      Roles: [role],
    },
  }
}
