// Owns the problems of disks: more volumes of EBS than the nodes can have attached.
import type { PersistentVolumeClaim } from '../../generated/kubernetes.d.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { AUTO_MODE_EBS_DRIVER, EBS_DRIVER } from '../rules/kubernetes/ebs-volume.ts'
import { driverOf } from '../rules/kubernetes/volume-binding.ts'
import { ebsVolumeLimit } from '../rules/nodes/volume-limits.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import type { NodeGroupPlan } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import { podSpecOf } from './workload.ts'

/** The classes that EKS brings; what others are is said by the files. */
const CLASSES = ['gp2']

/** Reports pods that need more volumes than any node takes, and sets of pods that need more than all nodes do. */
export function checkVolumes(facts: PlanFacts): Problem[] {
  const { groups, placed, auto } = facts
  const usable = groups.filter(({ max }) => max > 0)
  if (auto || usable.length === 0) return []
  const largest = Math.max(...usable.map(limitOf))
  const all = usable.reduce((sum, group) => sum + limitOf(group) * group.max, 0)
  const claims = claimsOf(facts)
  let wanted = 0
  return placed.flatMap((each) => {
    const { workload, placement } = each
    if (placement.compute !== 'ec2' || workload.kind === 'DaemonSet') return []
    const count = volumesOf(each, claims, facts)
    const at = () => workload.manifest.locateKey(workload.specPath)
    if (count > largest) {
      const message = `${nameOf(each)} has ${count} volumes of EBS a pod; ${most(usable)}`
      return [problem('volumes-exceed-node', message, at())]
    }
    const before = wanted
    wanted += count * workload.replicas
    if (before > all || wanted <= all) return []
    const message = `with ${nameOf(each)} the workloads on EC2 need ${wanted} volumes of EBS at a time; ${most(usable)}, ${all} at maxSize`
    return [problem('volumes-exceed-nodes', message, at())]
  })
}

function limitOf({ instanceTypeName }: NodeGroupPlan): number {
  return ebsVolumeLimit(instanceTypeName)
}

function most(groups: readonly NodeGroupPlan[]): string {
  const types = [...new Set(groups.map(({ instanceTypeName }) => instanceTypeName))]
  return `a node has at most ${types.map((type) => `${ebsVolumeLimit(type)} (${type})`).join(' or ')}`
}

type Claims = ReadonlyMap<string, PersistentVolumeClaim>

/** The claims of the files, by `namespace/name`. */
function claimsOf({ manifests }: PlanFacts): Claims {
  return new Map(
    manifests.flatMap(({ object }): [string, PersistentVolumeClaim][] => {
      const { kind, metadata } = object
      // Someone's text: what is read of it is taken as it comes.
      return kind === 'PersistentVolumeClaim'
        ? [
            [
              `${metadata.namespace ?? 'default'}/${metadata.name}`,
              object as unknown as PersistentVolumeClaim,
            ],
          ]
        : []
    }),
  )
}

/** Volumes of EBS that one pod has: by the claims that its set makes for it, its own ephemeral ones, and those it names. */
function volumesOf({ workload }: PlacedWorkload, claims: Claims, { manifests }: PlanFacts): number {
  const { volumes = [] } = podSpecOf(workload)
  const named = volumes.flatMap(({ persistentVolumeClaim, ephemeral }) => {
    const found = claims.get(`${workload.namespace}/${persistentVolumeClaim?.claimName}`)
    return ephemeral?.volumeClaimTemplate ?? found ?? []
  })
  const { volumeClaimTemplates } = (workload.manifest.object['spec'] ?? {}) as {
    volumeClaimTemplates?: PersistentVolumeClaim[]
  }
  const own =
    workload.kind === 'StatefulSet' && Array.isArray(volumeClaimTemplates) ? volumeClaimTemplates : []
  return [...named, ...own].filter(({ spec }) => isOfEbs(spec?.storageClassName, { manifests })).length
}

/** True for a class of EBS, by its name in a claim; undefined stands for the default one. */
export function isOfEbs(name: string | undefined, facts: Pick<PlanFacts, 'manifests'>): boolean {
  const provisioner = classOf(name, facts)?.['provisioner']
  if (typeof provisioner === 'string')
    return [EBS_DRIVER, AUTO_MODE_EBS_DRIVER].includes(driverOf(provisioner))
  return CLASSES.includes(name ?? '')
}

/** The StorageClass of the files that a claim names, or the default one. */
export function classOf(
  name: string | undefined,
  { manifests }: Pick<PlanFacts, 'manifests'>,
): Manifest['object'] | undefined {
  const classes = manifests.filter(({ object }) => object.kind === 'StorageClass')
  return classes.find(({ object }) =>
    name === undefined ? isDefault(object) : object.metadata.name === name,
  )?.object
}

function isDefault({ metadata }: Manifest['object']): boolean {
  const { annotations = {} } = metadata as { readonly annotations?: Readonly<Record<string, unknown>> }
  return annotations['storageclass.kubernetes.io/is-default-class'] === 'true'
}
