// Owns the problems of storage that is not emulated: file systems made for claims, snapshots, and volumes made from others.
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/kubernetes.d.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import { EFS_DRIVER, NO_FILE_SYSTEMS } from '../rules/kubernetes/csi.ts'
import { dataSourceOf } from '../rules/kubernetes/ebs-volume.ts'
import type { PlanFacts } from './checks.ts'
import { classOf, isOfEbs } from './check-volumes.ts'

type Path = readonly (string | number)[]

/** A claim, and where it stands in its manifest. */
export interface WantedClaim {
  readonly spec: PersistentVolumeClaimSpec
  readonly at: Path
}

/** Reports claims that nobody makes a volume for, and snapshots that nobody takes. */
export function checkStorage(facts: PlanFacts): Problem[] {
  return facts.manifests.flatMap((manifest) => [
    ...checkSnapshot(manifest),
    ...claimsWantedBy(manifest).flatMap((wanted) => checkClaim(manifest, wanted, facts)),
  ])
}

function checkSnapshot({ object, locate }: Manifest): Problem[] {
  const { apiVersion, kind } = object
  if (kind !== 'VolumeSnapshot' || !apiVersion.startsWith('snapshot.storage.k8s.io/')) return []
  const message = `${titleOf(object)} is never taken: snapshots of EBS volumes are not emulated`
  return [problem('storage-not-emulated', message, locate(['kind']))]
}

/** The claim that an object is, or those that a stateful set makes. */
export function claimsWantedBy({ object }: Manifest): WantedClaim[] {
  // Someone's text: what is read of it is taken as it comes.
  const spec = (object['spec'] ?? {}) as PersistentVolumeClaimSpec & { volumeClaimTemplates?: unknown }
  if (object.kind === 'PersistentVolumeClaim') return [{ spec, at: ['spec'] }]
  const templates = object.kind === 'StatefulSet' ? spec.volumeClaimTemplates : []
  if (!Array.isArray(templates)) return []
  return (templates as PersistentVolumeClaim[]).map((template, index) => ({
    spec: template.spec ?? {},
    at: ['spec', 'volumeClaimTemplates', index, 'spec'],
  }))
}

function checkClaim({ object, locate }: Manifest, { spec, at }: WantedClaim, facts: PlanFacts): Problem[] {
  const { storageClassName: name } = spec
  const source = dataSourceOf({ spec })
  if (source && !source.isForeign && isOfEbs(name, facts)) {
    const field = spec.dataSourceRef ? 'dataSourceRef' : 'dataSource'
    const message = `${titleOf(object)} gets no volume: ${source.refusal}`
    return [problem('storage-not-emulated', message, locate([...at, field]))]
  }
  const found = classOf(name, facts)
  // One without the parameter is the name that volumes made by hand have.
  const isMade =
    found?.['provisioner'] === EFS_DRIVER &&
    'provisioningMode' in ((found['parameters'] as object | undefined) ?? {})
  if (!isMade || spec.volumeName) return []
  const message = `${titleOf(object)} gets no volume of class ${found.metadata.name}: ${NO_FILE_SYSTEMS}`
  return [problem('storage-not-emulated', message, locate([...at, 'storageClassName']))]
}

/** `PersistentVolumeClaim shop/data`. */
export function titleOf({ kind, metadata }: Manifest['object']): string {
  return `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`
}
