// Owns the problems of claims that stay Pending: nobody makes a volume for them, and their pods wait.
// Source: EKS user guide, "Kubernetes versions" (since 1.30 gp2 is not the default class), "Amazon EBS CSI driver".
import { problem, type Problem } from '../config/problem.ts'
import { hasDefaultClass, EBS_DEFAULT_CLASS } from '../rules/eks/ebs-default-class.ts'
import { EBS_DRIVER } from '../rules/kubernetes/ebs-volume.ts'
import { driverOf } from '../rules/kubernetes/volume-binding.ts'
import { addonIs } from './addon-values.ts'
import { claimsWantedBy, titleOf } from './check-storage.ts'
import { classOf } from './check-volumes.ts'
import type { PlanFacts } from './checks.ts'

const EBS_ADDON = 'aws-ebs-csi-driver'

/** Reports claims without a class where there is no default one, of a class that is nowhere, and of EBS without its driver. */
export function checkClaims(facts: PlanFacts): Problem[] {
  return facts.manifests.flatMap((manifest) =>
    claimsWantedBy(manifest).flatMap(({ spec, at }) => {
      const { storageClassName: name, volumeName } = spec
      const found = volumeName || hasVolume(name, facts) ? undefined : obstacle(name, facts)
      if (!found) return []
      const message = `${titleOf(manifest.object)} ${found.why}: the claim stays Pending`
      return [problem('claim-pending', message, manifest.locate([...at, 'storageClassName']), found.help)]
    }),
  )
}

interface Obstacle {
  readonly why: string
  readonly help: string
}

/** What keeps a claim of this class from getting a volume that is made for it. */
function obstacle(name: string | undefined, facts: PlanFacts): Obstacle | undefined {
  if (name === '') {
    return {
      why: 'wants a volume without a class, and no such PersistentVolume is in the files',
      help: 'Add the PersistentVolume, or name a storage class.',
    }
  }
  const provisioner = provisionerOf(name, facts)
  if (provisioner !== undefined) {
    if (driverOf(provisioner) !== EBS_DRIVER || hasEbsDriver(facts)) return undefined
    return {
      why: `needs the driver ${EBS_DRIVER}, which nothing installs`,
      help: `Add ${EBS_ADDON} to the addons of the config.`,
    }
  }
  if (name === undefined) {
    return {
      why: 'names no storage class, and the cluster has no default one',
      help: 'Name one, such as gp2, which EKS brings, or mark one with the annotation storageclass.kubernetes.io/is-default-class: "true".',
    }
  }
  return {
    why: `names the storage class ${name}, which is not in the files`,
    help: 'Add the StorageClass, or name another, such as gp2, which EKS brings.',
  }
}

function provisionerOf(name: string | undefined, facts: PlanFacts): string | undefined {
  const provisioner = classOf(name, facts)?.['provisioner']
  if (typeof provisioner === 'string') return provisioner
  if (name === 'gp2') return EBS_DRIVER
  const isEbsDefault = name === undefined || name === EBS_DEFAULT_CLASS
  return isEbsDefault && addonIs(facts, EBS_ADDON, hasDefaultClass) ? EBS_DRIVER : undefined
}

function hasEbsDriver({ located, manifests }: PlanFacts): boolean {
  return (
    (located.config.addons ?? []).some(({ name }) => name === EBS_ADDON) ||
    manifests.some(({ object }) => object.kind === 'CSIDriver' && object.metadata.name === EBS_DRIVER)
  )
}

/** Whether the files have a volume that a claim of this class may be bound to. */
function hasVolume(name: string | undefined, { manifests }: PlanFacts): boolean {
  return manifests.some(({ object }) => {
    // Someone's text: what is read of it is taken as it comes.
    const spec = object['spec'] as { readonly storageClassName?: unknown } | undefined
    return object.kind === 'PersistentVolume' && (spec?.storageClassName ?? '') === (name ?? '')
  })
}
