// Owns the problems of objects whose namespace nobody makes: the API refuses them.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { builtinKinds } from '../kubernetes/resources/index.ts'
import { factsOfAddon } from '../rules/eks/addons.ts'
import { KARPENTER } from '../rules/eksctl/karpenter.ts'
import { groupVersionOf } from '../rules/kubernetes/resource-names.ts'
import type { PlanFacts } from './checks.ts'

/** Those that every cluster has. */
const GIVEN = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Reports each namespace that objects are in, and that neither the files nor the config bring, at the first of the objects. */
export function checkNamespaces({ manifests, located }: PlanFacts): Problem[] {
  const brought = new Set([...GIVEN, ...broughtByConfig(located.config)])
  for (const { object } of manifests) if (object.kind === 'Namespace') brought.add(object.metadata.name)
  const missing = new Map<string, Manifest[]>()
  for (const manifest of manifests) {
    const { namespace } = manifest.object.metadata
    if (namespace === undefined || brought.has(namespace) || !isNamespaced(manifest)) continue
    missing.set(namespace, [...(missing.get(namespace) ?? []), manifest])
  }
  return [...missing].flatMap(([namespace, [first, ...more]]) => {
    if (!first) return []
    const { kind, metadata } = first.object
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    const message = `${kind} ${namespace}/${metadata.name}${others} would be refused: Namespace ${namespace} is not in the files`
    return [problem('not-in-files', message, first.locate(['metadata', 'namespace']))]
  })
}

// Service accounts get theirs, as from eksctl, and add-ons bring their own.
function broughtByConfig({ iam, addons = [], karpenter }: ClusterConfig): string[] {
  return [
    ...(iam?.serviceAccounts ?? []).flatMap(({ metadata, roleOnly }) =>
      roleOnly === true ? [] : (metadata.namespace ?? []),
    ),
    ...(iam?.podIdentityAssociations ?? []).flatMap(({ createServiceAccount, namespace }) =>
      createServiceAccount === true ? namespace : [],
    ),
    ...addons.flatMap(({ name }) => factsOfAddon(name)?.namespace ?? []),
    ...(karpenter ? [KARPENTER] : []),
  ]
}

// A namespace is dropped where it has no place. Of a custom resource it is known only that its author gave it one.
function isNamespaced({ object: { apiVersion, kind } }: Manifest): boolean {
  const builtin = builtinKinds.find(
    ({ resource }) => resource.kind === kind && groupVersionOf(resource) === apiVersion,
  )
  return builtin?.resource.namespaced ?? true
}
