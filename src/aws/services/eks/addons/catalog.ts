// Owns what each emulated add-on installs; what is true of it besides stands in rules/eks/addons.ts.
import { type AddonName, addonFacts } from '../../../../rules/eks/addons.ts'
import type { AddonDefinition } from './definition.ts'
import { corednsManifests } from './manifests/coredns.ts'
import { ebsCsiManifests } from './manifests/ebs-csi-driver.ts'
import { efsCsiManifests } from './manifests/efs-csi-driver.ts'
import { kubeProxyManifests } from './manifests/kube-proxy.ts'
import { kubeStateMetricsManifests } from './manifests/kube-state-metrics.ts'
import { metricsServerManifests } from './manifests/metrics-server.ts'
import { plainManifests } from './manifests/plain.ts'
import { podIdentityManifests } from './manifests/pod-identity-agent.ts'
import { vpcCniManifests } from './manifests/vpc-cni.ts'

const manifestsOf: Readonly<Record<AddonName, AddonDefinition['manifests']>> = {
  'vpc-cni': vpcCniManifests,
  'kube-proxy': kubeProxyManifests,
  coredns: corednsManifests,
  'metrics-server': metricsServerManifests,
  'eks-pod-identity-agent': podIdentityManifests,
  'aws-ebs-csi-driver': ebsCsiManifests,
  'aws-efs-csi-driver': efsCsiManifests,
  'kube-state-metrics': kubeStateMetricsManifests,
  'snapshot-controller': plainManifests('snapshot-controller', {
    image: 'eks/csi-snapshotter/snapshot-controller',
  }),
  'aws-mountpoint-s3-csi-driver': plainManifests('aws-mountpoint-s3-csi-driver', {
    driver: 's3.csi.aws.com',
  }),
  'aws-fsx-csi-driver': plainManifests('aws-fsx-csi-driver', { driver: 'fsx.csi.aws.com' }),
  'eks-node-monitoring-agent': plainManifests('eks-node-monitoring-agent'),
  'amazon-cloudwatch-observability': plainManifests('amazon-cloudwatch-observability'),
  'aws-guardduty-agent': plainManifests('aws-guardduty-agent'),
  'prometheus-node-exporter': plainManifests('prometheus-node-exporter'),
  'external-dns': plainManifests('external-dns'),
  'cert-manager': plainManifests('cert-manager'),
  'fluent-bit': plainManifests('fluent-bit'),
  adot: plainManifests('adot'),
  'aws-network-flow-monitoring-agent': plainManifests('aws-network-flow-monitoring-agent'),
  'aws-secrets-store-csi-driver-provider': plainManifests('aws-secrets-store-csi-driver-provider', {
    driver: 'secrets-store.csi.k8s.io',
  }),
  'aws-privateca-connector-for-kubernetes': plainManifests('aws-privateca-connector-for-kubernetes'),
  'amazon-sagemaker-hyperpod-taskgovernance': plainManifests('amazon-sagemaker-hyperpod-taskgovernance'),
  'amazon-sagemaker-hyperpod-training-operator': plainManifests(
    'amazon-sagemaker-hyperpod-training-operator',
  ),
}

/** Every add-on that is emulated. */
export const addons: readonly AddonDefinition[] = Object.entries(addonFacts).map(([name, facts]) => ({
  ...facts,
  name,
  // The entries of a record have its keys.
  manifests: manifestsOf[name as AddonName],
}))

/** The definition of an add-on; undefined when it is not emulated. */
export function findAddon(name: string | undefined): AddonDefinition | undefined {
  return addons.find((addon) => addon.name === name)
}
