// Owns what the aws-efs-csi-driver add-on puts into a cluster, its storage kinds left out: no cluster here serves them.
// Source: kubernetes-sigs/aws-efs-csi-driver charts.
import type { AddonInstall, Manifest } from '../definition.ts'
import { csiDriverManifests } from './csi-driver.ts'

/** ServiceAccounts, Deployment `efs-csi-controller` and DaemonSet `efs-csi-node`. */
export function efsCsiManifests(install: AddonInstall): readonly Manifest[] {
  return csiDriverManifests(install, {
    prefix: 'efs',
    labels: { 'app.kubernetes.io/name': 'aws-efs-csi-driver' },
    image: 'eks/aws-efs-csi-driver',
    controllerSidecars: ['csi-provisioner'],
    hostNetwork: true,
    healthPorts: { controller: 9909, node: 9809 },
  })
}
