// Owns the storage class that EKS puts into every cluster: gp2, which since Kubernetes 1.30 is not the default.
// Source: EKS user guide, "Kubernetes versions" (1.30 release notes).
import type { ClusterRecord, Eks } from '../state.ts'
import { applyManifests } from './install.ts'

/** Makes the class `gp2`; what its owner has made of it since stays. */
export async function installStorageClass(eks: Eks, record: ClusterRecord): Promise<void> {
  if (record.bootstrapped) return
  const gp2 = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'gp2' },
    provisioner: 'kubernetes.io/aws-ebs',
    parameters: { type: 'gp2', fsType: 'ext4' },
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
  await applyManifests(eks.ports.host.client(record.cluster.name), [gp2], { force: true })
}
