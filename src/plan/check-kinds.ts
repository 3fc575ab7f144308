// Owns the problems of kinds: what no cluster has under that name, and what the near cluster does not serve.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { Manifest } from '../config/manifest.ts'
import { nearest } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { builtinKinds } from '../kubernetes/resources/index.ts'
import { apiVersionAndKindOf, kindNames } from '../kubernetes/schema/fields.ts'
import { customKindOf, DEFINITION, type CustomKind } from '../rules/kubernetes/custom-kinds.ts'
import { hasControllerRole } from '../rules/load-balancer/controller-role.ts'
import { chartDefinitions } from '../rules/load-balancer/chart/definitions.ts'
import { isAutoMode } from '../rules/eksctl/auto-mode.ts'
import { KARPENTER_KINDS } from '../rules/eksctl/karpenter.ts'
import { VPC_RESOURCE_KINDS } from '../rules/eks/pod-security-groups.ts'
import { AUTO_MODE_KINDS } from './auto-nodes.ts'
import { groupVersionOf, parseGroupVersion } from '../rules/kubernetes/resource-names.ts'

/**
 * Reports objects that applying would stop at: a kind that Kubernetes does not have in that version (with the one that
 * is probably meant), a built-in kind that the near cluster does not serve, a custom resource of a version that its
 * definition does not serve; and warns of custom resources whose definition is not among the files, nor brought by EKS
 * itself, by Auto Mode, or by the load balancer controller and Karpenter that `up` installs.
 */
export function kindProblems(manifests: readonly Manifest[], config?: ClusterConfig): Problem[] {
  const brought = config && hasControllerRole(config) ? chartDefinitions : []
  const objects = [...manifests.map(({ object }) => object), ...brought]
  const defined = [
    ...objects.flatMap((object) => customKindOf(object) ?? []),
    ...(config && isAutoMode(config) ? AUTO_MODE_KINDS : []),
    ...(config?.karpenter ? KARPENTER_KINDS : []),
    ...(config ? VPC_RESOURCE_KINDS : []),
  ]
  return manifests.flatMap((manifest) => {
    const { apiVersion, kind } = manifest.object
    if (isServed(apiVersion, kind)) return []
    if (isBuiltIn(apiVersion, kind)) return [notServed(manifest, 'the near cluster does not serve that kind')]
    const { group, version } = parseGroupVersion(apiVersion)
    const definition = defined.find((custom) => custom.group === group && custom.kind === kind)
    if (definition) return definition.versions.includes(version) ? [] : [unknownVersion(manifest, definition)]
    // A group of Kubernetes itself has no kinds but those that are known.
    const isCustom = group.includes('.') && !builtInKinds().some((known) => groupOf(known) === group)
    return [isCustom ? undefinedKind(manifest) : unknownKind(manifest)]
  })
}

function notServed(manifest: Manifest, why: string): Problem {
  const { apiVersion, kind, metadata } = manifest.object
  const message = `${kind} ${metadata.name} (${apiVersion}) is not emulated: ${why}`
  return problem('kind-not-served', message, manifest.locate(['kind']))
}

function groupOf({ apiVersion }: { readonly apiVersion: string }): string {
  return parseGroupVersion(apiVersion).group
}

function undefinedKind(manifest: Manifest): Problem {
  const { apiVersion, kind, metadata } = manifest.object
  const message = `${kind} ${metadata.name} (${apiVersion}) is a custom resource whose ${DEFINITION} is not in the files`
  return problem('kind-not-defined', message, manifest.locate(['kind']))
}

function unknownVersion(manifest: Manifest, { versions, group }: CustomKind): Problem {
  const { apiVersion, kind } = manifest.object
  const serves = versions.length > 0 ? versions.join(', ') : 'no version'
  return problem(
    'kind-unknown',
    `there is no ${kind} in ${apiVersion}: its ${DEFINITION} serves ${serves}`,
    manifest.locate(['apiVersion']),
    versions[0] === undefined ? undefined : `Write apiVersion: ${group}/${versions[0]}.`,
  )
}

function unknownKind(manifest: Manifest): Problem {
  const { apiVersion, kind } = manifest.object
  const elsewhere = builtInKinds().find((known) => known.kind === kind)
  if (elsewhere) {
    return problem(
      'kind-unknown',
      `Kubernetes has no ${kind} in ${apiVersion}; it is in ${elsewhere.apiVersion}`,
      manifest.locate(['apiVersion']),
      `Write apiVersion: ${elsewhere.apiVersion}.`,
    )
  }
  const here = builtInKinds().filter((known) => known.apiVersion === apiVersion)
  const meant = nearest(
    kind,
    (here.length > 0 ? here : builtInKinds()).map((known) => known.kind),
  )
  const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
  const help = meant === undefined ? undefined : `Write kind: ${meant}.`
  return problem(
    'kind-unknown',
    `Kubernetes has no kind ${kind} in ${apiVersion}${guess}`,
    manifest.locate(['kind']),
    help,
  )
}

// A kind that can only be read has no objects.
function isServed(apiVersion: string, kind: string): boolean {
  return builtinKinds.some(
    ({ resource, verbs }) =>
      resource.kind === kind && groupVersionOf(resource) === apiVersion && verbs.includes('create'),
  )
}

function isBuiltIn(apiVersion: string, kind: string): boolean {
  return builtInKinds().some((known) => known.kind === kind && known.apiVersion === apiVersion)
}

function builtInKinds(): readonly { readonly apiVersion: string; readonly kind: string }[] {
  return kindNames().map(apiVersionAndKindOf)
}
