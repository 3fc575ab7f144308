// Owns what the aws-ebs-csi-driver add-on puts into a cluster.
// Source: kubernetes-sigs/aws-ebs-csi-driver charts.
import { ebsDefaultClass, hasDefaultClass } from '../../../../../rules/eks/ebs-default-class.ts'
import type { AddonInstall, Manifest } from '../definition.ts'
import { csiDriverManifests } from './csi-driver.ts'

/** CSIDriver, ServiceAccounts, Deployment `ebs-csi-controller` and DaemonSet `ebs-csi-node`; a default StorageClass on demand. */
export function ebsCsiManifests(install: AddonInstall): readonly Manifest[] {
  const driver = csiDriverManifests(install, {
    prefix: 'ebs',
    labels: { 'app.kubernetes.io/name': 'aws-ebs-csi-driver' },
    image: 'eks/aws-ebs-csi-driver',
    controllerSidecars: ['csi-provisioner', 'csi-attacher', 'csi-snapshotter', 'csi-resizer'],
    hostNetwork: false,
    healthPorts: { controller: 9808, node: 9808 },
  })
  return hasDefaultClass(install.values) ? [...driver, ebsDefaultClass] : driver
}
