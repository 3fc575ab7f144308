// Owns which EKS add-ons are emulated: their names, versions, options, and what each of them does not do near.
// Sources: EKS user guide, "AWS add-ons" and "Community add-ons" (names, namespaces, accounts, policies); the AWS CLI's
// examples of describe-addon-versions (types, owners, publishers); versions from the pages and repositories named below.
// Three of SageMaker and SR-IOV are not here, since no version of them was found: amazon-sagemaker-hyperpod-observability,
// amazon-sagemaker-spaces, sriov-network-metrics-exporter.

export interface AddonFacts {
  readonly type: string
  readonly owner: string
  /** `eks` where absent. */
  readonly publisher?: string
  readonly namespace: string
  /** Who in it needs rights, and the AWS managed policies that give them; undefined when nobody does. */
  readonly identity?: { readonly serviceAccount: string; readonly policyArns: readonly string[] }
  /** The version EKS installs by default on this Kubernetes version. */
  readonly versionFor: (kubernetesVersion: string) => string
  /** Versions that are newer than the default and may be asked for, newest first. */
  readonly newer?: (kubernetesVersion: string) => readonly string[]
  /** Versions that are older than the default and still offered on every Kubernetes version, newest first. */
  readonly older?: readonly string[]
  /** Properties of configurationValues that are honoured, as JSON schemas. */
  readonly configuration: Readonly<Record<string, object>>
  /** Those of them that change nothing near: why, as the end of a sentence. */
  readonly withoutEffect?: Readonly<Record<string, string>>
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

// EKS user guide, managing-kube-proxy ("latest version for each Kubernetes version").
const KUBE_PROXY: Readonly<Record<string, string>> = {
  '1.28': 'v1.28.15-eksbuild.31',
  '1.29': 'v1.29.15-eksbuild.16',
  '1.30': 'v1.30.14-eksbuild.28',
  '1.31': 'v1.31.14-eksbuild.20',
  '1.32': 'v1.32.13-eksbuild.16',
  '1.33': 'v1.33.10-eksbuild.13',
  '1.34': 'v1.34.6-eksbuild.13',
  '1.35': 'v1.35.3-eksbuild.13',
  '1.36': 'v1.36.0-eksbuild.14',
}

// EKS user guide, managing-coredns, as it was later.
const NEWER_COREDNS: Readonly<Record<string, string>> = {
  '1.30': 'v1.11.4-eksbuild.33',
  '1.31': 'v1.11.4-eksbuild.33',
  '1.32': 'v1.11.4-eksbuild.33',
  '1.33': 'v1.13.2-eksbuild.4',
  '1.34': 'v1.13.2-eksbuild.4',
  '1.35': 'v1.13.2-eksbuild.4',
}

const ENVIRONMENT = { type: 'object', additionalProperties: { type: 'string' } }

function policies(...names: string[]): string[] {
  return names.map((name) => `arn:aws:iam::aws:policy/${name}`)
}

const PLACEMENT = { nodeSelector: { type: 'object' }, tolerations: { type: 'array' } }

const FACTS = {
  'vpc-cni': {
    ...AWS,
    type: 'networking',
    identity: {
      serviceAccount: 'aws-node',
      policyArns: policies('AmazonEKS_CNI_Policy'),
    },
    versionFor: () => 'v1.20.4-eksbuild.2',
    // EKS user guide, managing-vpc-cni, as it was from July 2024 on.
    older: ['v1.20.1-eksbuild.3', 'v1.19.2-eksbuild.1', 'v1.18.3-eksbuild.1', 'v1.17.1-eksbuild.1'],
    // "enableNetworkPolicy": "true", a text (EKS user guide, "Restrict Pod network traffic").
    configuration: {
      env: ENVIRONMENT,
      enableNetworkPolicy: { type: 'string' },
      nodeAgent: { type: 'object' },
      ...RESOURCES,
    },
    withoutEffect: { nodeAgent: 'no agent runs on nodes, and none writes down what policies stop' },
    workload: { kind: 'DaemonSet', name: 'aws-node' },
  },
  'kube-proxy': {
    ...AWS,
    type: 'networking',
    versionFor: (kubernetesVersion) => `v${kubernetesVersion}.0-eksbuild.2`,
    newer: (kubernetesVersion) => one(KUBE_PROXY[kubernetesVersion]),
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'kube-proxy' },
  },
  coredns: {
    ...AWS,
    type: 'networking',
    versionFor: (kubernetesVersion) => COREDNS[kubernetesVersion] ?? 'v1.12.4-eksbuild.1',
    newer: (kubernetesVersion) => one(NEWER_COREDNS[kubernetesVersion]),
    configuration: {
      replicaCount: COUNT,
      ...RESOURCES,
      computeType: { type: 'string' },
      corefile: { type: 'string' },
      ...PLACEMENT,
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
    older: ['v0.7.2-eksbuild.3'],
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
    // The default for Kubernetes 1.35 in August 2026 was the first of them.
    newer: () => ['v1.3.10-eksbuild.3', 'v1.3.10-eksbuild.2'],
    older: ['v1.3.4-eksbuild.1', 'v1.2.0-eksbuild.1'],
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'eks-pod-identity-agent' },
  },
  // Default for Kubernetes 1.36 in September 2026, one version a release before (mitodl/ol-infrastructure#5959).
  'aws-ebs-csi-driver': {
    ...AWS,
    type: 'storage',
    identity: {
      serviceAccount: 'ebs-csi-controller-sa',
      policyArns: policies('service-role/AmazonEBSCSIDriverPolicy'),
    },
    versionFor: (kubernetesVersion) =>
      kubernetesVersion === '1.36' ? 'v1.66.0-eksbuild.1' : 'v1.65.0-eksbuild.1',
    older: ['v1.44.0-eksbuild.1', 'v1.38.1-eksbuild.1'],
    configuration: { defaultStorageClass: { type: 'object', properties: { enabled: { type: 'boolean' } } } },
    workload: { kind: 'Deployment', name: 'ebs-csi-controller' },
  },
  // The newest for Kubernetes 1.36 in September 2026 (mitodl/ol-infrastructure#5959).
  'aws-efs-csi-driver': {
    ...AWS,
    type: 'storage',
    identity: {
      serviceAccount: 'efs-csi-controller-sa',
      policyArns: policies('service-role/AmazonEFSCSIDriverPolicy'),
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
  // 2023-11, from a recorded answer; newer ones were not found.
  'snapshot-controller': {
    ...AWS,
    type: 'storage',
    versionFor: () => 'v6.3.2-eksbuild.1',
    configuration: { replicaCount: COUNT, ...RESOURCES, ...PLACEMENT },
    workload: { kind: 'Deployment', name: 'snapshot-controller' },
    lacks: 'takes no snapshots, since those of EBS are not emulated',
  },
  // As public Terraform has it.
  'aws-mountpoint-s3-csi-driver': {
    ...AWS,
    publisher: 's3',
    type: 'storage',
    identity: {
      serviceAccount: 's3-csi-driver-sa',
      policyArns: policies('AmazonS3FullAccess'),
    },
    versionFor: () => 'v1.8.0-eksbuild.1',
    configuration: { node: { type: 'object' } },
    workload: { kind: 'DaemonSet', name: 's3-csi-node' },
    lacks: 'mounts no buckets, since those of S3 are not emulated',
  },
  'aws-fsx-csi-driver': {
    ...AWS,
    type: 'storage',
    identity: {
      serviceAccount: 'fsx-csi-controller-sa',
      policyArns: policies('AmazonFSxFullAccess'),
    },
    versionFor: () => 'v1.7.0-eksbuild.1',
    configuration: {},
    workload: { kind: 'Deployment', name: 'fsx-csi-controller' },
    lacks: 'provisions no volumes, since file systems of FSx are not emulated',
  },
  'eks-node-monitoring-agent': {
    ...AWS,
    type: 'observability',
    versionFor: () => 'v1.7.0-eksbuild.1',
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'eks-node-monitoring-agent' },
    lacks: 'finds nothing wrong with nodes',
  },
  'amazon-cloudwatch-observability': {
    owner: 'aws',
    namespace: 'amazon-cloudwatch',
    type: 'observability',
    identity: {
      serviceAccount: 'cloudwatch-agent',
      policyArns: policies('AWSXrayWriteOnlyAccess', 'CloudWatchAgentServerPolicy'),
    },
    // Updates of a cluster of Kubernetes 1.35 in August 2026, by defaults.
    versionFor: () => 'v6.5.0-eksbuild.1',
    older: ['v4.10.0-eksbuild.1', 'v4.8.0-eksbuild.1'],
    configuration: { tolerations: { type: 'array' } },
    workload: { kind: 'DaemonSet', name: 'cloudwatch-agent' },
    lacks: 'sends no metrics and no logs to CloudWatch',
  },
  'aws-guardduty-agent': {
    owner: 'aws',
    namespace: 'amazon-guardduty',
    type: 'security',
    // The default for Kubernetes 1.35 in August 2026.
    versionFor: () => 'v1.16.0-eksbuild.2',
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'aws-guardduty-agent' },
    lacks: 'finds nothing, since GuardDuty is not emulated',
  },
  'prometheus-node-exporter': {
    owner: 'community',
    namespace: 'prometheus-node-exporter',
    type: 'observability',
    versionFor: () => 'v1.9.1-eksbuild.2',
    configuration: RESOURCES,
    workload: { kind: 'DaemonSet', name: 'prometheus-node-exporter' },
    lacks: 'answers with no metrics',
  },
  'external-dns': {
    owner: 'community',
    namespace: 'external-dns',
    type: 'networking',
    identity: {
      serviceAccount: 'external-dns',
      policyArns: policies('AmazonRoute53FullAccess'),
    },
    versionFor: () => 'v0.20.0-eksbuild.3',
    older: ['v0.20.0-eksbuild.1'],
    configuration: { ...RESOURCES, ...PLACEMENT },
    workload: { kind: 'Deployment', name: 'external-dns' },
    lacks: 'writes no records, since zones of Route 53 are not emulated',
  },
  'cert-manager': {
    owner: 'community',
    namespace: 'cert-manager',
    type: 'security',
    versionFor: () => 'v1.19.2-eksbuild.1',
    older: ['v1.19.1-eksbuild.1', 'v1.18.2-eksbuild.1'],
    configuration: { ...RESOURCES, ...PLACEMENT },
    workload: { kind: 'Deployment', name: 'cert-manager' },
    lacks: 'serves no kinds and issues no certificates (its own chart does both)',
  },
  // No pod identity, though its outputs may need rights (aws/containers-roadmap#2827).
  'fluent-bit': {
    owner: 'community',
    namespace: 'fluent-bit',
    type: 'observability',
    versionFor: () => 'v4.2.2-eksbuild.2',
    older: ['v4.2.2-eksbuild.1'],
    configuration: { ...RESOURCES, ...PLACEMENT },
    workload: { kind: 'DaemonSet', name: 'fluent-bit' },
    lacks: 'forwards no logs',
  },
  // The default for Kubernetes 1.34.
  adot: {
    owner: 'aws',
    namespace: 'opentelemetry-operator-system',
    type: 'observability',
    versionFor: () => 'v0.141.0-eksbuild.1',
    older: ['v0.131.0-eksbuild.1'],
    configuration: RESOURCES,
    workload: { kind: 'Deployment', name: 'opentelemetry-operator' },
    lacks: 'serves no kinds of OpenTelemetry and runs no collectors',
  },
  // Update of a cluster of Kubernetes 1.35 in August 2026, by the default; CloudWatch user guide.
  'aws-network-flow-monitoring-agent': {
    owner: 'aws',
    namespace: 'amazon-network-flow-monitor',
    type: 'observability',
    identity: {
      serviceAccount: 'aws-network-flow-monitor-agent-service-account',
      policyArns: policies('CloudWatchNetworkFlowMonitorAgentPublishPolicy'),
    },
    versionFor: () => 'v1.1.6-eksbuild.1',
    older: ['v1.1.3-eksbuild.1', 'v1.1.0-eksbuild.1'],
    configuration: { env: { type: 'object' }, ...RESOURCES },
    workload: { kind: 'DaemonSet', name: 'aws-network-flow-monitor-agent' },
    lacks: 'reports no flows to CloudWatch',
  },
  'aws-secrets-store-csi-driver-provider': {
    owner: 'aws',
    namespace: 'aws-secrets-manager',
    type: 'security',
    versionFor: () => 'v3.1.3-eksbuild.1',
    older: ['v2.2.2-eksbuild.1'],
    configuration: {
      awsRegion: { type: 'string' },
      'secrets-store-csi-driver': { type: 'object' },
      nodeSelector: { type: 'object' },
    },
    workload: { kind: 'DaemonSet', name: 'aws-secrets-store-csi-driver-provider' },
    lacks: 'mounts no secrets, since those of Secrets Manager are not emulated',
  },
  // The first that hybrid nodes can have (EKS user guide, "Configure add-ons for hybrid nodes").
  'aws-privateca-connector-for-kubernetes': {
    owner: 'aws',
    namespace: 'aws-privateca-issuer',
    type: 'security',
    identity: {
      serviceAccount: 'aws-privateca-issuer',
      policyArns: policies('AWSPrivateCAConnectorForKubernetesPolicy'),
    },
    versionFor: () => 'v1.6.0-eksbuild.1',
    configuration: { ...RESOURCES, ...PLACEMENT },
    workload: { kind: 'Deployment', name: 'aws-privateca-issuer' },
    lacks: 'issues no certificates, since Private CA is not emulated',
  },
  // A cluster of Kubernetes 1.34.
  'amazon-sagemaker-hyperpod-taskgovernance': {
    owner: 'aws',
    namespace: 'kueue-system',
    type: 'observability',
    versionFor: () => 'v1.6.0-eksbuild.1',
    configuration: {},
    workload: { kind: 'Deployment', name: 'kueue-controller-manager' },
    lacks: 'governs no tasks, since HyperPod is not emulated',
  },
  // A recorded CreateAddon of August 2025.
  'amazon-sagemaker-hyperpod-training-operator': {
    owner: 'aws',
    namespace: 'aws-hyperpod',
    type: 'observability',
    identity: {
      serviceAccount: 'hp-training-operator-controller-manager',
      policyArns: policies('AmazonSageMakerHyperPodTrainingOperatorAccess'),
    },
    versionFor: () => 'v1.0.1-eksbuild.1',
    configuration: { hpTrainingControllerManager: { type: 'object' } },
    workload: { kind: 'Deployment', name: 'hp-training-operator-controller-manager' },
    lacks: 'runs no training, since HyperPod is not emulated',
  },
} as const satisfies Record<string, AddonFacts>

export type AddonName = keyof typeof FACTS

/** The facts of every add-on that is emulated, by name. */
export const addonFacts: Readonly<Record<AddonName, AddonFacts>> = FACTS

// The first minor version whose add-ons are known well enough to be offered beside newer ones.
const OLDEST_MINOR = 28
// As far as parts of a cluster may lie behind its control plane, so that an upgrade leaves add-ons that still work.
const MINORS_BEHIND = 3

/**
 * Every version that may be asked for on a Kubernetes version, newest first: its own, and those of the minor versions
 * before it that Kubernetes' version policy lets stay.
 */
export function versionsOfAddon(facts: AddonFacts, kubernetesVersion: string): string[] {
  const { newer = () => [], older = [] } = facts
  const minor = Number(kubernetesVersion.split('.')[1])
  const before = Array.from({ length: MINORS_BEHIND }, (_, index) => minor - 1 - index)
    .filter((each) => each >= OLDEST_MINOR)
    .map((each) => `1.${each}`)
  const own = [kubernetesVersion, ...before].flatMap((version) => [
    ...newer(version),
    facts.versionFor(version),
  ])
  return [...new Set([...own, ...older])]
}

function one(version: string | undefined): string[] {
  return version === undefined ? [] : [version]
}

/** The facts of an add-on; undefined when it is not emulated. */
export function factsOfAddon(name: string): AddonFacts | undefined {
  // Own names only: the name may be anything that a client sends.
  return Object.hasOwn(addonFacts, name) ? addonFacts[name as AddonName] : undefined
}
