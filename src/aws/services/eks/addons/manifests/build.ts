// Owns what the manifests of all add-ons share: image names as EKS gives them, labels, small objects.
import { InternalError } from '../../../../../base/errors.ts'
import { type AddonFacts, type AddonName, addonFacts } from '../../../../../rules/eks/addons.ts'
import { eksRegistry } from '../../../../../rules/eks/registry-accounts.ts'
import type { AddonInstall, Manifest } from '../definition.ts'

/** What the pods of an add-on's Deployment are like. @throws InternalError for an add-on of which nothing is known */
export function podsOf(name: AddonName): NonNullable<AddonFacts['pods']> {
  const { pods } = addonFacts[name]
  if (!pods) throw new InternalError(`the pods of ${name} are not known`)
  return pods
}

/** `602401143452.dkr.ecr.REGION.amazonaws.com/eks/coredns:VERSION` */
export function eksImage(install: AddonInstall, repository: string): string {
  return `${eksRegistry(install.region)}/${repository}:${install.version}`
}

export function serviceAccount(
  name: string,
  labels: Record<string, string>,
  namespace = 'kube-system',
): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } }
}

export function clusterRole(
  name: string,
  labels: Record<string, string>,
  rules: readonly object[],
): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules,
  }
}

export function clusterRoleBinding(binding: {
  name: string
  labels: Record<string, string>
  role: string
  account: string
  namespace?: string
}): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: binding.name, labels: binding.labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: binding.role },
    subjects: [
      { kind: 'ServiceAccount', name: binding.account, namespace: binding.namespace ?? 'kube-system' },
    ],
  }
}

/** A node affinity to Linux machines, as the add-ons of EKS carry it. @param more what else the machines must match */
export function onLinuxMachines(...more: object[]): { readonly nodeAffinity: object } {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
              ...more,
            ],
          },
        ],
      },
    },
  }
}

/** The same to machines that are not Fargate, as the DaemonSets have it. */
export function onInstances(): object {
  return onLinuxMachines({
    key: 'eks.amazonaws.com/compute-type',
    operator: 'NotIn',
    values: ['fargate', 'hybrid', 'auto'],
  })
}

/** Where the Deployments of EKS's add-ons run: beside Windows nodes, they would be placed there. */
export const ON_LINUX = { 'kubernetes.io/os': 'linux' }

/** The given configuration value when it is an object, otherwise the default. */
export function resourcesOf(install: AddonInstall, fallback: object): object {
  const given = install.values['resources']
  return typeof given === 'object' && given !== null ? given : fallback
}

/** The given configuration value when it is a whole number, otherwise the default. */
export function countOf(install: AddonInstall, key: string, fallback: number): number {
  const given = install.values[key]
  return typeof given === 'number' ? given : fallback
}
