// Owns IAM roles for service accounts: a stack for the role, and the ServiceAccount that carries its ARN.
import type { ClusterConfig, IamServiceAccount } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { namespaces, serviceAccounts } from '../kubernetes/client/resources.ts'
import { serviceAccountStackName } from '../rules/eksctl/stack-names.ts'
import { SERVICE_ACCOUNT_NAME_TAG } from '../rules/eksctl/tags.ts'
import { createOnce, FIELD_MANAGER, find, objectMark } from './apply.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import type { StackPlan } from './stack-plan.ts'
import { ensureStack, outputsOf } from './stacks.ts'
import { serviceAccountTemplate } from './templates/roles.ts'
import type { Value } from './templates/template.ts'
import type { DeployedCluster } from './up-result.ts'

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const MANAGED = { 'app.kubernetes.io/managed-by': 'eksctl' }

export interface ServiceAccountTarget {
  readonly cluster: DeployedCluster
  readonly kubernetes: KubernetesClient
  /** ARNs of policies for the role, beside those of the file. */
  readonly attached?: readonly Value[]
}

/**
 * The stack of a service account's role; undefined for a role of the file. `issuer` is the cluster's, with its scheme.
 * @param attached ARNs of policies that no file names
 */
export function serviceAccountStack(
  config: ClusterConfig,
  account: IamServiceAccount,
  issuer: string,
  attached: readonly Value[] = [],
): StackPlan | undefined {
  if (account.attachRoleARN !== undefined) return undefined
  const cluster = config.metadata.name
  const { name, namespace = 'default' } = account.metadata
  return {
    name: serviceAccountStackName(cluster, { namespace, name }),
    cluster,
    template: serviceAccountTemplate(account, issuer, attached),
    capabilities: [account.roleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
    tags: stackTags(config, { [SERVICE_ACCOUNT_NAME_TAG]: `${namespace}/${name}`, ...account.tags }),
  }
}

/** Brings the role's stack and the annotated ServiceAccount to what the file says. */
export async function ensureServiceAccount(
  context: DeployContext,
  account: IamServiceAccount,
  target: ServiceAccountTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const plan = serviceAccountStack(context.config, account, target.cluster.issuer, target.attached)
  const made = plan && (await ensureStack(context, plan, detail))
  const outcome = made?.outcome ?? 'unchanged'
  const roleArn = made ? (outputsOf(made.stack)['Role1'] ?? '') : (account.attachRoleARN ?? '')
  if (account.roleOnly === true) return { outcome }
  const annotated = await annotate(account, target, roleArn)
  return { ...annotated, outcome: outcome === 'unchanged' ? annotated.outcome : outcome }
}

/** Makes an account, and its namespace, unless it is there. */
export async function ensureAccount(
  kubernetes: KubernetesClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  cluster: string,
): Promise<StepResult['outcome']> {
  await ensureNamespace(kubernetes, namespace, cluster)
  if (await find(kubernetes, serviceAccounts, { namespace, name })) return 'unchanged'
  const metadata = { name, namespace, labels: MANAGED, annotations: objectMark(cluster) }
  return (await createOnce(kubernetes, serviceAccounts, { metadata })) ? 'created' : 'unchanged'
}

async function annotate(
  account: IamServiceAccount,
  { cluster, kubernetes }: ServiceAccountTarget,
  roleArn: string,
): Promise<StepResult> {
  const { name, namespace = 'default' } = account.metadata
  await ensureNamespace(kubernetes, namespace, cluster.name)
  const labels = { ...account.metadata.labels, ...MANAGED }
  const mark = objectMark(cluster.name)
  const annotations = { ...account.metadata.annotations, ...mark, [ROLE_ANNOTATION]: roleArn }
  const metadata = { name, namespace, labels, annotations }
  const present = await find(kubernetes, serviceAccounts, { namespace, name })
  if (!present) {
    const isMade = await createOnce(kubernetes, serviceAccounts, { metadata })
    return { outcome: isMade ? 'created' : 'unchanged' }
  }
  if (present.metadata.annotations?.[ROLE_ANNOTATION] === roleArn) return { outcome: 'unchanged' }
  await kubernetes.patch(
    serviceAccounts,
    { namespace, name },
    { metadata },
    { type: 'merge', fieldManager: FIELD_MANAGER },
  )
  return { outcome: 'updated' }
}

/** Makes a namespace unless it is there. */
export async function ensureNamespace(
  kubernetes: KubernetesClient,
  name: string,
  cluster: string,
): Promise<void> {
  if (await find(kubernetes, namespaces, { name })) return
  const metadata = { name, annotations: objectMark(cluster) }
  await createOnce(kubernetes, namespaces, { metadata, spec: {} })
}
