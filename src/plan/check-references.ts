// Owns the problems of pods that refer to objects which are not in the files: without them their containers wait.
import type { Volume } from '../../generated/kubernetes.d.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import type { PlacedWorkload } from './placement.ts'
import { podSpecOf } from './workload.ts'

interface Reference {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim'
  readonly name: string
  /** How the pod uses it: `mounts`, `reads`, `runs as`. */
  readonly verb: string
}

/** Objects that every namespace has without anybody making them. */
const GIVEN: Readonly<Record<string, string>> = {
  ConfigMap: 'kube-root-ca.crt',
  ServiceAccount: 'default',
}

/** Reports each object that a pod cannot start without and that neither the files nor the config bring. */
export function checkReferences({ placed, manifests, located }: PlanFacts): Problem[] {
  const brought = new Set(
    manifests.map(({ object }) => keyOf(object.kind, namespaceOf(object), object.metadata.name)),
  )
  for (const { metadata, roleOnly } of located.config.iam?.serviceAccounts ?? []) {
    if (roleOnly !== true)
      brought.add(keyOf('ServiceAccount', metadata.namespace ?? 'default', metadata.name))
  }
  return placed.flatMap((each) => {
    const { workload } = each
    const missing = referencesOf(each).filter(
      ({ kind, name }) => GIVEN[kind] !== name && !brought.has(keyOf(kind, workload.namespace, name)),
    )
    return missing.map(({ kind, name, verb }) => {
      const message = `${nameOf(each)} ${verb} ${kind} ${workload.namespace}/${name}, which is not in the files`
      return problem('not-in-files', message, workload.manifest.locateKey(workload.specPath))
    })
  })
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`
}

function namespaceOf(object: Manifest['object']): string {
  return object.metadata.namespace ?? 'default'
}

/** What the pod refers to, each once; what is optional is left out. */
function referencesOf({ workload }: PlacedWorkload): Reference[] {
  const spec = podSpecOf(workload)
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const found = [
    ...(spec.volumes ?? []).flatMap(volumeReferences),
    ...containers.flatMap(({ envFrom = [] }) =>
      envFrom.flatMap(({ configMapRef, secretRef }) => [
        ...reference('ConfigMap', 'reads', configMapRef),
        ...reference('Secret', 'reads', secretRef),
      ]),
    ),
    ...containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => [
        ...reference('ConfigMap', 'reads', valueFrom?.configMapKeyRef),
        ...reference('Secret', 'reads', valueFrom?.secretKeyRef),
      ]),
    ),
    ...reference('ServiceAccount', 'runs as', { name: spec.serviceAccountName }),
  ]
  return [...new Map(found.map((each) => [keyOf(each.kind, '', each.name), each])).values()]
}

function volumeReferences({ configMap, secret, projected, persistentVolumeClaim }: Volume): Reference[] {
  return [
    ...reference('ConfigMap', 'mounts', configMap),
    ...reference('Secret', 'mounts', secret && { ...secret, name: secret.secretName }),
    ...reference('PersistentVolumeClaim', 'mounts', { name: persistentVolumeClaim?.claimName }),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...reference('ConfigMap', 'mounts', source.configMap),
      ...reference('Secret', 'mounts', source.secret),
    ]),
  ]
}

function reference(
  kind: Reference['kind'],
  verb: string,
  source: { readonly name?: string | undefined; readonly optional?: boolean } | undefined,
): Reference[] {
  if (!source?.name || source.optional === true) return []
  return [{ kind, name: source.name, verb }]
}
