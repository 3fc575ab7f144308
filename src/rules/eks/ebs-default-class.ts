// Owns the default storage class that the add-on aws-ebs-csi-driver makes where it is told to. Pure.
// Source: kubernetes-sigs/aws-ebs-csi-driver charts (defaultStorageClass, ebs-csi-default-sc).
import { isObject } from '../../base/json.ts'
import { EBS_DRIVER } from '../kubernetes/ebs-volume.ts'

export const EBS_DEFAULT_CLASS = 'ebs-csi-default-sc'

/** The values of the add-on that ask for the class: `{"defaultStorageClass": {"enabled": true}}`. */
export function hasDefaultClass({ defaultStorageClass }: Readonly<Record<string, unknown>>): boolean {
  return isObject(defaultStorageClass) && defaultStorageClass['enabled'] === true
}

/** The class as it is applied. */
export const ebsDefaultClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: EBS_DEFAULT_CLASS,
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
  },
  provisioner: EBS_DRIVER,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
}
