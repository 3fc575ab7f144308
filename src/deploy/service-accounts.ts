// Owns IAM roles for service accounts: a stack for the role, and the ServiceAccount that carries its ARN.
import { isNotFound } from '../base/errors.ts'
import type { IamServiceAccount } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { namespaces, serviceAccounts } from '../kubernetes/client/resources.ts'
import { serviceAccountStackName } from '../rules/eksctl/stack-names.ts'
import { SERVICE_ACCOUNT_NAME_TAG } from '../rules/eksctl/tags.ts'
import type { DeployedCluster } from './cluster.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import { ensureStack, outputsOf } from './stacks.ts'
import { serviceAccountTemplate } from './templates/roles.ts'

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

export interface ServiceAccountTarget {
  readonly cluster: DeployedCluster
  readonly kubernetes: KubernetesClient
}

/** Brings the role's stack and the annotated ServiceAccount to what the file says. */
export async function ensureServiceAccount(
  context: DeployContext,
  account: IamServiceAccount,
  target: ServiceAccountTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const { name, namespace = 'default' } = account.metadata
  const { stack, outcome } = await ensureStack(
    context,
    {
      name: serviceAccountStackName(context.config.metadata.name, { namespace, name }),
      template: serviceAccountTemplate(account, target.cluster.issuer),
      capabilities: [account.roleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
      tags: stackTags(context.config, {
        [SERVICE_ACCOUNT_NAME_TAG]: `${namespace}/${name}`,
        ...account.tags,
      }),
    },
    detail,
  )
  const roleArn = outputsOf(stack)['Role1'] ?? ''
  const annotated =
    account.roleOnly === true ? undefined : await annotate(account, target.kubernetes, roleArn)
  return { outcome: outcome === 'unchanged' ? (annotated?.outcome ?? 'unchanged') : outcome }
}

async function annotate(
  account: IamServiceAccount,
  kubernetes: KubernetesClient,
  roleArn: string,
): Promise<StepResult> {
  const { name, namespace = 'default' } = account.metadata
  await ensureNamespace(kubernetes, namespace)
  const labels = { ...account.metadata.labels, 'app.kubernetes.io/managed-by': 'eksctl' }
  const annotations = { ...account.metadata.annotations, [ROLE_ANNOTATION]: roleArn }
  const present = await findServiceAccount(kubernetes, namespace, name)
  if (present?.metadata.annotations?.[ROLE_ANNOTATION] === roleArn) return { outcome: 'unchanged' }
  const metadata = { name, namespace, labels, annotations }
  if (present) {
    await kubernetes.patch(
      serviceAccounts,
      { namespace, name },
      { metadata },
      { type: 'merge', fieldManager: 'neargate' },
    )
    return { outcome: 'updated' }
  }
  await kubernetes.create(serviceAccounts, { metadata }, { fieldManager: 'neargate' })
  return { outcome: 'created' }
}

async function findServiceAccount(
  kubernetes: KubernetesClient,
  namespace: string,
  name: string,
): Promise<{ metadata: { annotations?: Record<string, string> } } | undefined> {
  try {
    return await kubernetes.get(serviceAccounts, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function ensureNamespace(kubernetes: KubernetesClient, name: string): Promise<void> {
  try {
    await kubernetes.get(namespaces, { name })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await kubernetes.create(namespaces, { metadata: { name }, spec: {} }, { fieldManager: 'neargate' })
  }
}
