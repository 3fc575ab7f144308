// Owns what the EBS CSI driver makes of a claim and its class: the volume in EC2, and the volume in the cluster. Pure.
// Source: kubernetes-sigs/aws-ebs-csi-driver docs (parameters, tagging), kubernetes-csi/external-provisioner.
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'
import { parseUnits } from '../../base/quantity.ts'
import { PROVISIONED_BY } from './volume-binding.ts'

/** The driver that its add-on installs. */
export const EBS_DRIVER = 'ebs.csi.aws.com'
/** The one that is a part of EKS Auto Mode (EKS user guide, "Create a Storage Class"). */
export const AUTO_MODE_EBS_DRIVER = 'ebs.csi.eks.amazonaws.com'
const ZONE = 'topology.kubernetes.io/zone'
const GIB = 1024n ** 3n

/** A request for CreateVolume, without the name by which it is found again. */
export interface EbsVolume {
  readonly zone: string
  readonly sizeGiB: number
  readonly type: string
  readonly iops?: number
  readonly throughput?: number
  readonly encrypted: boolean
  readonly fsType: string
}

/** The name of the volume of a claim, in the cluster and in the tags of EC2. */
export function volumeNameOf({ metadata }: PersistentVolumeClaim): string {
  return `pvc-${metadata.uid}`
}

/** Whole GiB that hold what a claim asks for. */
export function sizeGiBOf({ spec }: PersistentVolumeClaim): number {
  const asked = BigInt(parseUnits(spec?.resources?.requests?.['storage'] ?? '0'))
  return Math.max(1, Number((asked + GIB - 1n) / GIB))
}

/** What a claim wants its volume to begin with. */
export interface DataSource {
  /** True for what no driver knows: a populator makes the volume. */
  readonly isForeign: boolean
  /** Why the driver makes no volume from it, as its event ends. */
  readonly refusal: string
}

/**
 * The data source of a claim; undefined for one that wants an empty volume. Snapshots of EC2 hold no data here, so
 * that neither they nor other volumes can be one.
 */
export function dataSourceOf({ spec }: Pick<PersistentVolumeClaim, 'spec'>): DataSource | undefined {
  const source = spec?.dataSourceRef ?? spec?.dataSource
  if (!source) return undefined
  const { kind, name } = source
  const isForeign = kind !== 'VolumeSnapshot' && kind !== 'PersistentVolumeClaim'
  const what = kind === 'VolumeSnapshot' ? 'snapshots' : 'clones'
  const refusal = `error getting handle for DataSource Type ${kind} by Name ${name}: Neargate does not emulate ${what} of EBS volumes`
  return { isForeign, refusal }
}

/** Why EBS cannot be what a claim asks for; undefined when it can. A disk is mounted by one node at a time. */
export function unsupportedModes({ spec }: PersistentVolumeClaim): string | undefined {
  const modes: readonly string[] = spec?.accessModes ?? []
  if (!modes.includes('ReadWriteMany') || spec?.volumeMode === 'Block') return undefined
  return 'Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported.'
}

/** What a class and a claim ask for, in a zone. */
export function ebsVolumeOf(
  claim: PersistentVolumeClaim,
  { parameters = {} }: StorageClass,
  zone: string,
): EbsVolume {
  const given = new Map(Object.entries(parameters).map(([key, value]) => [key.toLowerCase(), value]))
  const sizeGiB = sizeGiBOf(claim)
  const number = (key: string): number | undefined => {
    const text = given.get(key)
    return text === undefined ? undefined : Number.parseInt(text, 10)
  }
  const perGiB = number('iopspergb')
  const iops = number('iops') ?? (perGiB === undefined ? undefined : perGiB * sizeGiB)
  const throughput = number('throughput')
  return {
    zone,
    sizeGiB,
    type: given.get('type') ?? 'gp3',
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
    encrypted: given.get('encrypted') === 'true',
    fsType: given.get('csi.storage.k8s.io/fstype') ?? given.get('fstype') ?? 'ext4',
  }
}

/** The tags by which a volume in EC2 names its cluster and its claim. */
export function ebsTags(
  claim: PersistentVolumeClaim,
  driver: string = EBS_DRIVER,
): Readonly<Record<string, string>> {
  const { name, namespace = '' } = claim.metadata
  return {
    CSIVolumeName: volumeNameOf(claim),
    [`${driver}/cluster`]: 'true',
    'kubernetes.io/created-for/pv/name': volumeNameOf(claim),
    'kubernetes.io/created-for/pvc/name': name,
    'kubernetes.io/created-for/pvc/namespace': namespace,
  }
}

/** The volume of the cluster that stands for one in EC2. */
export function persistentVolumeOf(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  { id, zone, sizeGiB, fsType }: Pick<EbsVolume, 'zone' | 'sizeGiB' | 'fsType'> & { readonly id: string },
  driver: string = EBS_DRIVER,
): Pick<PersistentVolume, 'spec'> & {
  readonly metadata: { readonly name: string; readonly annotations: Record<string, string> }
} {
  const { name, namespace = '', uid, resourceVersion } = claim.metadata
  const { reclaimPolicy, mountOptions } = storageClass
  return {
    metadata: { name: volumeNameOf(claim), annotations: { [PROVISIONED_BY]: driver } },
    spec: {
      accessModes: [...(claim.spec?.accessModes ?? [])],
      capacity: { storage: `${sizeGiB}Gi` },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
      csi: { driver, fsType, volumeHandle: id },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }],
        },
      },
      persistentVolumeReclaimPolicy: reclaimPolicy === 'Retain' ? 'Retain' : 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
      ...(mountOptions ? { mountOptions } : {}),
    },
  }
}

/** The zone that a node is in. */
export function zoneOf(node: {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
}): string | undefined {
  return node.metadata.labels?.[ZONE]
}
