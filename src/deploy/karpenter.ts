// Owns Karpenter as eksctl installs it: its stack, the role of its pods, who its nodes are to the cluster, and its chart.
// Source: eksctl pkg/actions/karpenter, pkg/karpenter/karpenter.go.
import { parseArn } from '../base/arn.ts'
import { isNotFound, UserError } from '../base/errors.ts'
import type { ClusterConfig, IamServiceAccount } from '../config/cluster-config.ts'
import { toManifests } from '../config/manifest.ts'
import type { ChartRequest, Rendered } from '../config/render.ts'
import { parseDocuments } from '../config/yaml.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { isAutoClaim, nodeClaims, nodePools } from '../kubernetes/client/auto-mode-resources.ts'
import { deployments } from '../kubernetes/client/resources.ts'
import { isAutoPool } from '../rules/auto-mode/node-pool.ts'
import {
  DISCOVERY_TAG,
  KARPENTER,
  KARPENTER_CHART,
  karpenterNodeRoleName,
  karpenterPolicyName,
  karpenterRoleName,
} from '../rules/eksctl/karpenter.ts'
import { karpenterStackName } from '../rules/eksctl/stack-names.ts'
import { KARPENTER_NAME_TAG, KARPENTER_VERSION_TAG } from '../rules/eksctl/tags.ts'
import { ensureAccessEntry } from './access.ts'
import { applyManifests, find, managerOf, type ApplyTarget, type SourcedObject } from './apply.ts'
import { ensureMappings, nodeMapping } from './aws-auth.ts'
import { required } from './cloud.ts'
import { describeCluster } from './cluster.ts'
import { stackTags, type DeployContext } from './context.ts'
import { isOurs } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { ensureNamespace, ensureServiceAccount, serviceAccountStack } from './service-accounts.ts'
import type { StackPlan } from './stack-plan.ts'
import { ensureStack } from './stacks.ts'
import { karpenterTemplate } from './templates/karpenter.ts'
import { sub } from './templates/template.ts'
import type { DeployedCluster } from './up-result.ts'
import { waitFor } from './wait.ts'

const TIMEOUT_MS = 10 * 60_000
const PLACE = { namespace: KARPENTER, name: KARPENTER }

/** Renders a chart of a registry, or says why it can't. */
export type RenderChart = (request: ChartRequest) => Rendered

/** The stacks of Karpenter, none where the config does not ask for it. `issuer` is the cluster's; undefined before there is one. */
export function karpenterStacks(config: ClusterConfig, issuer: string | undefined): readonly StackPlan[] {
  const { karpenter } = config
  if (!karpenter) return []
  const cluster = config.metadata.name
  const name = karpenterStackName(cluster)
  const role =
    issuer === undefined
      ? undefined
      : serviceAccountStack(config, accountOf(config), issuer, policiesOf(config))
  return [
    {
      name,
      cluster,
      template: karpenterTemplate(config),
      capabilities: ['CAPABILITY_NAMED_IAM'],
      tags: stackTags(config, { [KARPENTER_NAME_TAG]: name, [KARPENTER_VERSION_TAG]: karpenter.version }),
    },
    ...(role ? [role] : []),
  ]
}

/** The account of Karpenter's pods, as if it stood in `iam.serviceAccounts`. */
export function accountOf({ metadata, karpenter }: ClusterConfig): IamServiceAccount {
  return {
    metadata: PLACE,
    roleName: karpenterRoleName(metadata.name),
    // The chart makes the account itself where it is told to.
    ...(karpenter?.createServiceAccount === true ? { roleOnly: true } : {}),
  }
}

// The policy is in another stack, whose account only AWS knows.
function policiesOf({ metadata }: ClusterConfig) {
  return [sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/${karpenterPolicyName(metadata.name)}`)]
}

export interface KarpenterTarget extends ApplyTarget {
  readonly cluster: DeployedCluster
  readonly renderChart: RenderChart
}

/**
 * The objects of Karpenter's chart. @param facts what only the cluster knows; before there is one, nothing of it
 * @throws UserError when helm is missing, or finds no such chart
 */
export function karpenterManifests(
  { karpenter, metadata }: ClusterConfig,
  renderChart: RenderChart,
  { endpoint, roleArn }: { readonly endpoint: string; readonly roleArn: string } = {
    endpoint: '',
    roleArn: '',
  },
): readonly SourcedObject[] {
  const rendered = renderChart({
    release: KARPENTER,
    chart: KARPENTER_CHART,
    version: karpenter?.version ?? '',
    namespace: KARPENTER,
    values: {
      settings: { clusterName: metadata.name, clusterEndpoint: endpoint },
      serviceAccount: {
        create: karpenter?.createServiceAccount === true,
        name: KARPENTER,
        annotations: { 'eks.amazonaws.com/role-arn': roleArn },
      },
    },
  })
  if ('fault' in rendered) throw new UserError(rendered.fault, { help: rendered.help })
  return parseDocuments(rendered.text, KARPENTER)
    .documents.flatMap((document) => toManifests(document).manifests)
    .map(({ object, file, line }) => ({ object, source: `${file}:${line}` }))
}

/** Installs Karpenter, unless somebody else has, and waits until it runs. */
export async function ensureKarpenter(
  context: DeployContext,
  target: KarpenterTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const { config } = context
  const { kubernetes, cluster, project } = target
  const present = await find(kubernetes, deployments, PLACE)
  if (present && !isOurs(present.metadata.annotations, project))
    return { outcome: 'unchanged', detail: `made by ${managerOf(present)}, left as it is` }
  const outcomes: StepResult['outcome'][] = []
  for (const stack of karpenterStacks(config, undefined))
    outcomes.push((await ensureStack(context, stack, detail)).outcome)
  const arns = await tagAndName(context)
  const accounts = { cluster, kubernetes, attached: policiesOf(config) }
  await ensureNamespace(kubernetes, KARPENTER, cluster.name)
  outcomes.push((await ensureServiceAccount(context, accountOf(config), accounts, detail)).outcome)
  outcomes.push((await admitNodes(context, kubernetes, arns.nodeRole)).outcome)
  const objects = karpenterManifests(config, target.renderChart, {
    endpoint: cluster.endpoint,
    roleArn: arns.podRole,
  })
  outcomes.push((await applyManifests(target, objects)).outcome)
  const names = objects.flatMap(({ object: { kind, metadata } }) =>
    kind === 'Deployment' ? metadata.name : [],
  )
  for (const name of names) await running(context, kubernetes, name)
  return { outcome: outcomes.find((outcome) => outcome !== 'unchanged') ?? 'unchanged' }
}

/** Tags the subnets, and the security group where the config has a tag for it. @returns the ARNs of both roles */
async function tagAndName(
  context: DeployContext,
): Promise<{ readonly nodeRole: string; readonly podRole: string }> {
  const { name, tags = {} } = context.config.metadata
  const description = await describeCluster(context, name)
  const { partition = 'aws', accountId = '' } = parseArn(description?.arn ?? '') ?? {}
  const { subnetIds = [], clusterSecurityGroupId } = description?.resourcesVpcConfig ?? {}
  const { CreateTagsCommand } = await import('@aws-sdk/client-ec2')
  const ec2 = await context.cloud.ec2()
  await ec2.send(
    new CreateTagsCommand({
      Resources: subnetIds.toSorted(),
      Tags: [{ Key: `kubernetes.io/cluster/${name}`, Value: '' }],
    }),
  )
  const discovery = tags[DISCOVERY_TAG]
  // EKS does not pass the tags of a cluster on to its security group.
  if (discovery !== undefined)
    await ec2.send(
      new CreateTagsCommand({
        Resources: [required(clusterSecurityGroupId, 'a cluster without a security group')],
        Tags: [{ Key: DISCOVERY_TAG, Value: discovery }],
      }),
    )
  const roleArn = (role: string): string => `arn:${partition}:iam::${accountId}:role/${role}`
  return { nodeRole: roleArn(karpenterNodeRoleName(name)), podRole: roleArn(karpenterRoleName(name)) }
}

// eksctl writes to aws-auth always; a cluster that reads access entries alone would let no node in.
async function admitNodes(
  context: DeployContext,
  kubernetes: KubernetesClient,
  principalARN: string,
): Promise<StepResult> {
  return context.config.accessConfig?.authenticationMode === 'API'
    ? ensureAccessEntry(context, { principalARN, type: 'EC2_LINUX' })
    : ensureMappings(kubernetes, [nodeMapping(principalARN)])
}

// As helm waits for it: all but one, which the chart's strategy lets be missing. Its pods want a node each.
async function running(
  { clock, pace }: DeployContext,
  kubernetes: KubernetesClient,
  name: string,
): Promise<void> {
  let ready = 0
  await waitFor(
    async () => {
      const { spec, status } = await kubernetes.get(deployments, { namespace: KARPENTER, name })
      ready = status?.readyReplicas ?? 0
      return ready >= Math.max(1, (spec.replicas ?? 1) - 1) ? true : undefined
    },
    {
      clock,
      pace,
      timeoutMs: TIMEOUT_MS,
      describe: () => ({
        message: `Karpenter does not run: ${ready} of its pods are ready`,
        help: 'See why: kubectl -n karpenter describe pods',
      }),
    },
  )
}

// A cluster whose chart was never installed serves no such kind.
async function all<T extends KubernetesObject>(
  kubernetes: KubernetesClient,
  resource: Resource<T>,
): Promise<readonly T[]> {
  try {
    return (await kubernetes.list(resource)).items
  } catch (error) {
    if (!isNotFound(error)) throw error
    return []
  }
}

/** Ends the nodes that Karpenter has made, while it runs: without it nobody would. @returns how many there were */
export async function endKarpenterNodes(
  { clock, pace }: DeployContext,
  kubernetes: KubernetesClient,
): Promise<number> {
  // Those of Auto Mode end with the cluster.
  const look = async () => (await all(kubernetes, nodeClaims)).filter((claim) => !isAutoClaim(claim))
  const claims = await look()
  const pools = (await all(kubernetes, nodePools)).filter((pool) => !isAutoPool(pool))
  for (const { metadata } of pools) await kubernetes.delete(nodePools, { name: metadata.name })
  for (const { metadata } of claims) await kubernetes.delete(nodeClaims, { name: metadata.name })
  let left = claims
  await waitFor(
    async () => {
      left = await look()
      return left.length === 0 ? true : undefined
    },
    {
      clock,
      pace,
      timeoutMs: TIMEOUT_MS,
      describe: () => ({
        message: `nodes of Karpenter stay behind: ${left.map(({ metadata }) => metadata.name).join(', ')}`,
        help: 'Is it running? kubectl -n karpenter get pods; kubectl get nodeclaims',
      }),
    },
  )
  return claims.length
}
