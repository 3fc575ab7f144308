// Owns which add-ons there are, in which version for which Kubernetes version, and what each installs.
// Versions of CoreDNS: EKS user guide, managing-coredns ("latest version for each Kubernetes version").
import type { AddonDefinition } from './definition.ts'
import { corednsManifests } from './manifests/coredns.ts'
import { kubeProxyManifests } from './manifests/kube-proxy.ts'
import { metricsServerManifests } from './manifests/metrics-server.ts'
import { podIdentityManifests } from './manifests/pod-identity-agent.ts'
import { vpcCniManifests } from './manifests/vpc-cni.ts'

const OWNER = 'aws'
const replicaSchema = { replicaCount: { type: 'integer', minimum: 1 } }
const resourceSchema = { resources: { type: 'object' } }

function schema(properties: Record<string, unknown>): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties,
  }
}

const corednsVersions: Record<string, string> = {
  '1.28': 'v1.10.1-eksbuild.38',
  '1.29': 'v1.11.4-eksbuild.24',
  '1.30': 'v1.11.4-eksbuild.24',
  '1.31': 'v1.11.4-eksbuild.24',
  '1.32': 'v1.11.4-eksbuild.24',
}

export const addons: readonly AddonDefinition[] = [
  {
    name: 'vpc-cni',
    type: 'networking',
    owner: OWNER,
    namespace: 'kube-system',
    requiresIamPermissions: true,
    versionFor: () => 'v1.20.4-eksbuild.2',
    configurationSchema: schema({ env: { type: 'object' }, ...resourceSchema }),
    manifests: vpcCniManifests,
    workload: { kind: 'DaemonSet', name: 'aws-node' },
  },
  {
    name: 'kube-proxy',
    type: 'networking',
    owner: OWNER,
    namespace: 'kube-system',
    requiresIamPermissions: false,
    versionFor: (kubernetesVersion) => `v${kubernetesVersion}.0-eksbuild.2`,
    configurationSchema: schema(resourceSchema),
    manifests: kubeProxyManifests,
    workload: { kind: 'DaemonSet', name: 'kube-proxy' },
  },
  {
    name: 'coredns',
    type: 'networking',
    owner: OWNER,
    namespace: 'kube-system',
    requiresIamPermissions: false,
    versionFor: (kubernetesVersion) => corednsVersions[kubernetesVersion] ?? 'v1.12.4-eksbuild.1',
    configurationSchema: schema({
      ...replicaSchema,
      ...resourceSchema,
      computeType: { type: 'string' },
      corefile: { type: 'string' },
      nodeSelector: { type: 'object' },
      tolerations: { type: 'array' },
    }),
    manifests: corednsManifests,
    workload: { kind: 'Deployment', name: 'coredns' },
  },
  {
    name: 'metrics-server',
    type: 'observability',
    owner: 'community',
    namespace: 'kube-system',
    requiresIamPermissions: false,
    versionFor: () => 'v0.8.0-eksbuild.2',
    configurationSchema: schema({ replicas: { type: 'integer', minimum: 1 }, ...resourceSchema }),
    manifests: metricsServerManifests,
    workload: { kind: 'Deployment', name: 'metrics-server' },
  },
  {
    name: 'eks-pod-identity-agent',
    type: 'security',
    owner: OWNER,
    namespace: 'kube-system',
    requiresIamPermissions: false,
    versionFor: () => 'v1.3.8-eksbuild.2',
    configurationSchema: schema(resourceSchema),
    manifests: podIdentityManifests,
    workload: { kind: 'DaemonSet', name: 'eks-pod-identity-agent' },
  },
]

/** The definition of an add-on; undefined when it is not emulated. */
export function findAddon(name: string | undefined): AddonDefinition | undefined {
  return addons.find((addon) => addon.name === name)
}
