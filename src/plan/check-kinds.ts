// Owns the problems of kinds: what no cluster has under that name, and what the near cluster does not serve.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { nearest } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { builtinKinds } from '../kubernetes/resources/index.ts'
import { apiVersionAndKindOf, kindNames } from '../kubernetes/schema/fields.ts'
import { groupVersionOf, parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import { valueAt } from './workload.ts'

const DEFINITION = 'CustomResourceDefinition'

/**
 * Reports objects that applying would stop at: a kind that Kubernetes does not have in that version (with the one that
 * is probably meant), a built-in kind that the near cluster does not serve, and custom resources whose
 * CustomResourceDefinition is not among the files, or does not serve their version.
 */
export function kindProblems(manifests: readonly Manifest[]): Problem[] {
  const defined = new Map(manifests.flatMap(definedKind))
  return manifests.flatMap((manifest) => {
    const { apiVersion, kind } = manifest.object
    if (isServed(apiVersion, kind)) return []
    if (isBuiltIn(apiVersion, kind)) return [notServed(manifest, 'the near cluster does not serve that kind')]
    const { group, version } = parseGroupVersion(apiVersion)
    const versions = defined.get(`${group}/${kind}`)
    if (versions?.includes(version)) return []
    if (versions) {
      const served = versions.join(', ') || 'none'
      return [notServed(manifest, `the versions that its ${DEFINITION} serves are: ${served}`)]
    }
    // Kubernetes' own groups have no dot, or end in k8s.io; everything else is some operator's.
    const isCustom = group.includes('.') && !group.endsWith('k8s.io')
    if (isCustom) return [notServed(manifest, `its ${DEFINITION} is not in the files`)]
    return [unknownKind(manifest)]
  })
}

function notServed(manifest: Manifest, why: string): Problem {
  const { apiVersion, kind, metadata } = manifest.object
  const message = `${kind} ${metadata.name} (${apiVersion}) is not emulated: ${why}`
  return problem('kind-not-served', message, manifest.locate(['kind']))
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

/** `group/Kind` of what a CustomResourceDefinition defines, with the versions that it serves. */
function definedKind({ object }: Manifest): (readonly [string, readonly string[]])[] {
  if (object.kind !== DEFINITION || !isObject(object['spec'])) return []
  const [group, kind] = [object['spec']['group'], valueAt(object, ['spec', 'names', 'kind'])]
  if (typeof group !== 'string' || typeof kind !== 'string') return []
  const versions = object['spec']['versions']
  const served = (Array.isArray(versions) ? (versions as unknown[]) : []).flatMap((version) =>
    isObject(version) && version['served'] === true && typeof version['name'] === 'string'
      ? [version['name']]
      : [],
  )
  return [[`${group}/${kind}`, served]]
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
