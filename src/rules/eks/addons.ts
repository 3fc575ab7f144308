// Owns which EKS add-ons are emulated: their names, versions, options, and what each of them does not do near.
// Sources: EKS user guide, "AWS add-ons" and "Community add-ons"; versions from the pages and pull requests named below.

export interface AddonFacts {
  readonly type: string
  readonly owner: string
  readonly namespace: string
  /** Who in it needs rights, and the AWS managed policy that gives them; undefined when nobody does. */
  readonly identity?: { readonly serviceAccount: string; readonly policyArn: string }
  /** The version EKS installs by default on this Kubernetes version. */
  readonly versionFor: (kubernetesVersion: string) => string
  /** Properties of configurationValues that are honoured, as JSON schemas. */
  readonly configuration: Readonly<Record<string, object>>
  /** The workload whose state is the add-on's health. */
  readonly workload: { readonly kind: 'Deployment' | 'DaemonSet'; readonly name: string }
  /** What its Deployment's pods are like where they may run on Fargate; undefined when they never do, or ask for nothing. */
  readonly pods?: {
    readonly replicas: number
    readonly labels: Readonly<Record<string, string>>
    readonly requests: Readonly<Record<string, string>>
  }
  /** What it does on AWS and not near, as the end of a sentence; undefined when nothing would be missed. */
  readonly lacks?: string
}

const AWS = { owner: 'aws', namespace: 'kube-system' }
const RESOURCES = { resources: { type: 'object' } }
const COUNT = { type: 'integer', minimum: 1 }

// EKS user guide, managing-coredns ("latest version for each Kubernetes version").
const COREDNS: Readonly<Record<string, string>> = {
  '1.28': 'v1.10.1-eksbuild.38',
  '1.29': 'v1.11.4-eksbuild.24',
  '1.30': 'v1.11.4-eksbuild.24',
  '1.31': 'v1.11.4-eksbuild.24',
  '1.32': 'v1.11.4-eksbuild.24',
}

const FACTS = {
  'vpc-cni': {
    ...AWS,
    type: 'networking',
    identity: {
      serviceAccount: 'aws-node',
      policyArn: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
    },
    versionFor: () => 'v1.20.4-eksbuild.2',
    configuration: { env: { type: 'object' }, ...RESOURCES },
    workload: { kind: 'DaemonSet', name: 'aws-node' },
  },
  'kube-proxy': {
    ...AWS,
    type: 'networking',
    versionFor: (kubernetesVersion) => `v${kubernetesVersion}.0-eksbuild.2`,
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'kube-proxy' },
  },
  coredns: {
    ...AWS,
    type: 'networking',
    versionFor: (kubernetesVersion) => COREDNS[kubernetesVersion] ?? 'v1.12.4-eksbuild.1',
    configuration: {
      replicaCount: COUNT,
      ...RESOURCES,
      computeType: { type: 'string' },
      corefile: { type: 'string' },
      nodeSelector: { type: 'object' },
      tolerations: { type: 'array' },
    },
    workload: { kind: 'Deployment', name: 'coredns' },
    pods: {
      replicas: 2,
      labels: { 'eks.amazonaws.com/component': 'coredns', 'k8s-app': 'kube-dns' },
      requests: { cpu: '100m', memory: '70Mi' },
    },
  },
  'metrics-server': {
    ...AWS,
    owner: 'community',
    type: 'observability',
    versionFor: () => 'v0.8.0-eksbuild.2',
    configuration: { replicas: COUNT, ...RESOURCES },
    workload: { kind: 'Deployment', name: 'metrics-server' },
    pods: {
      replicas: 2,
      labels: {
        'app.kubernetes.io/instance': 'metrics-server',
        'app.kubernetes.io/name': 'metrics-server',
      },
      requests: { cpu: '100m', memory: '200Mi' },
    },
  },
  'eks-pod-identity-agent': {
    ...AWS,
    type: 'security',
    versionFor: () => 'v1.3.8-eksbuild.2',
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'eks-pod-identity-agent' },
  },
  // Default for Kubernetes 1.36 in September 2026, one version a release before (mitodl/ol-infrastructure#5959).
  'aws-ebs-csi-driver': {
    ...AWS,
    type: 'storage',
    identity: {
      serviceAccount: 'ebs-csi-controller-sa',
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy',
    },
    versionFor: (kubernetesVersion) =>
      kubernetesVersion === '1.36' ? 'v1.66.0-eksbuild.1' : 'v1.65.0-eksbuild.1',
    configuration: {},
    workload: { kind: 'Deployment', name: 'ebs-csi-controller' },
  },
  // The newest for Kubernetes 1.36 in September 2026 (mitodl/ol-infrastructure#5959).
  'aws-efs-csi-driver': {
    ...AWS,
    type: 'storage',
    identity: {
      serviceAccount: 'efs-csi-controller-sa',
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy',
    },
    versionFor: () => 'v3.4.2-eksbuild.1',
    configuration: {},
    workload: { kind: 'Deployment', name: 'efs-csi-controller' },
    lacks: 'provisions no volumes, since file systems of EFS are not emulated',
  },
  // 2.19.1 from alphagov/govuk-infrastructure#4470; the number of the build is not known.
  'kube-state-metrics': {
    owner: 'community',
    namespace: 'kube-state-metrics',
    type: 'observability',
    versionFor: () => 'v2.19.1-eksbuild.1',
    configuration: { replicas: COUNT, ...RESOURCES },
    workload: { kind: 'Deployment', name: 'kube-state-metrics' },
    lacks: 'answers with no metrics',
  },
} as const satisfies Record<string, AddonFacts>

export type AddonName = keyof typeof FACTS

/** The facts of every add-on that is emulated, by name. */
export const addonFacts: Readonly<Record<AddonName, AddonFacts>> = FACTS

/** The facts of an add-on; undefined when it is not emulated. */
export function factsOfAddon(name: string): AddonFacts | undefined {
  // Own names only: the name may be anything that a client sends.
  return Object.hasOwn(addonFacts, name) ? addonFacts[name as AddonName] : undefined
}
