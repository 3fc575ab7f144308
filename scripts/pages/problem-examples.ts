// Owns one example of each problem: files that have it. docs/problems.md shows them with what `plan` says.
import type { ProblemCode } from '../../src/config/problem.ts'
import type { PlanTarget } from '../../src/plan/plan.ts'

/** Files of a directory that is planned; `cluster.yaml` is the one below where an example has none of its own. */
export interface Example {
  readonly files: Readonly<Record<string, string>>
  readonly target?: PlanTarget
  /** Nothing can run pods. */
  readonly hasOnlyStandIns?: boolean
  /** What does not work with the engine. */
  readonly engineLacks?: string
  /** What is planned, where it is not the directory. */
  readonly paths?: readonly string[]
}

/** The ClusterConfig that examples share. */
export const CLUSTER = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: shop, region: ap-southeast-1, version: "1.35"}
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: {name: aws-load-balancer-controller, namespace: kube-system}
      wellKnownPolicies: {awsLoadBalancerController: true}
managedNodeGroups:
  - {name: main, instanceType: t3.xlarge, desiredCapacity: 2}
fargateProfiles:
  - {name: fp-web, selectors: [{namespace: web}]}
`

/** The namespace of most examples. */
export const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata: {name: web}
`

/** The shared ClusterConfig with something else in it. */
function cluster(from: string, to: string): string {
  return CLUSTER.replace(from, to)
}

function config(field: string): string {
  return `${CLUSTER}${field}\n`
}

const LABELLED = `apiVersion: v1
kind: Namespace
metadata: {name: aws-observability, labels: {aws-observability: enabled}}
---
`

/** The configuration of the log router of Fargate, with this output. */
function logging(output: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-logging, namespace: aws-observability}
data:
  output.conf: |
    [OUTPUT]
        Name ${output}
        Match kube.*
        region ap-southeast-1
        log_group_name shop
        log_stream_prefix fargate-
        auto_create_group true
`
}

interface Shape {
  readonly kind?: string
  readonly namespace?: string
  readonly labels?: string
  /** Beside the containers. */
  readonly spec?: string
  /** Of the container. */
  readonly container?: string
  readonly replicas?: number
}

function workload({ kind = 'Deployment', namespace = 'web', labels = '', ...pod }: Shape = {}): string {
  const { spec, container = '', replicas } = pod
  return [
    'apiVersion: apps/v1',
    `kind: ${kind}`,
    `metadata: {name: shop, namespace: ${namespace}}`,
    'spec:',
    ...(replicas === undefined ? [] : [`  replicas: ${replicas}`]),
    '  selector: {matchLabels: {app: shop}}',
    '  template:',
    `    metadata: {labels: {app: shop${labels}}}`,
    '    spec:',
    ...(spec === undefined ? [] : [`      ${spec}`]),
    '      containers:',
    `        - {name: shop, image: nginx${container}}`,
    '',
  ].join('\n')
}

function service(annotations: string, type = 'LoadBalancer'): string {
  return [
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  name: shop',
    '  namespace: web',
    `  annotations: {${annotations}}`,
    'spec:',
    `  type: ${type}`,
    '  loadBalancerClass: service.k8s.aws/nlb',
    '  selector: {app: shop}',
    '  ports: [{port: 80}]',
    '',
  ].join('\n')
}

function requests(resources: string): string {
  return `, resources: {requests: {${resources}}}`
}

const LB = 'service.beta.kubernetes.io/aws-load-balancer'
/** The application that examples share. */
export const WEB = workload()
const TARGETS_IP = `${LB}-nlb-target-type: ip`

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: web}
spec: {podSelector: {}, policyTypes: [Ingress]}
`

const POD_GROUPS = `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: db, namespace: ops}
spec:
  podSelector: {matchLabels: {app: shop}}
  securityGroups: {groupIds: [sg-0123456789abcdef0]}
`
const POD_ENI = 'addons: [{name: vpc-cni, configurationValues: \'{"env": {"ENABLE_POD_ENI": "true"}}\'}]'

const JOB = `apiVersion: batch/v1
kind: Job
metadata: {name: report, namespace: web}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - {name: report, image: busybox, command: [sh, -c, 'echo done']}
`

const CLAIM =
  'spec: {storageClassName: gp2, accessModes: [ReadWriteOnce], resources: {requests: {storage: 4Gi}}}'

/** A set on EC2 whose pods have disks. */
function database(replicas: number, disks: number): string {
  const names = Array.from({ length: disks }, (_, at) => (disks === 1 ? 'data' : `disk-${at}`))
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: batch}
spec:
  serviceName: db
  replicas: ${replicas}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: postgres}]}
  volumeClaimTemplates:
${names.map((name) => `    - {metadata: {name: ${name}}, ${CLAIM}}\n`).join('')}`
}

/** By code. */
export const problemExamples: Readonly<Record<ProblemCode, Example>> = {
  'yaml-syntax': { files: { 'cluster.yaml': '```yaml\n' + CLUSTER + '```\n' } },
  'file-missing': { files: { 'cluster.yaml.yaml': CLUSTER }, paths: ['shop/cluster.yaml'] },
  'not-rendered': { files: { 'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' } },
  'no-cluster-config': { files: { 'web.yaml': WEB }, paths: ['shop/web.yaml'] },
  'several-cluster-configs': {
    files: {
      'other.yaml':
        'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: other, region: eu-west-1}\n',
    },
  },
  'unknown-field': { files: { 'web.yaml': WEB.replace('spec:', 'spec:\n  replica: 2') } },
  'wrong-type': { files: { 'cluster.yaml': cluster('"1.35"', '1.35') } },
  'missing-field': { files: { 'cluster.yaml': cluster('{name: shop, region: ', '{region: ') } },
  'invalid-value': { files: { 'cluster.yaml': cluster('ap-southeast-1', '"${AWS_REGION}"') } },
  'not-supported': {
    files: { 'cluster.yaml': config('outpost: {controlPlaneOutpostARN: arn:aws:outposts:x}') },
  },
  'field-ignored': {
    files: { 'cluster.yaml': config('nodeGroups: [{name: own, updateConfig: {maxUnavailable: 1}}]') },
  },
  'not-an-object': { files: { 'map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\n' } },
  'files-skipped': { files: { 'package.json': '{ "name": "shop" }\n' } },
  'object-invalid': { files: { 'web.yaml': WEB.replace('{name: shop,', '{name: Shop_1,') } },
  'duplicate-object': { files: { 'web-copy.yaml': WEB } },
  'kind-unknown': { files: { 'web.yaml': WEB.replace('apps/v1', 'extensions/v1beta1') } },
  'kind-not-served': {
    files: {
      'claim.yaml':
        'apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: gpu, namespace: web}\nspec: {}\n',
    },
  },
  'kind-not-defined': {
    files: {
      'cert.yaml':
        'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: shop, namespace: web}\n',
    },
  },
  'addon-not-emulated': { files: { 'cluster.yaml': config('addons: [{name: kubecost_kubecost}]') } },
  'network-policy-off': { files: { 'policy.yaml': POLICY } },
  'network-policy-on-fargate': {
    files: {
      'cluster.yaml': config(
        'addons: [{name: vpc-cni, configurationValues: \'{"enableNetworkPolicy": "true"}\'}]',
      ),
      'web.yaml': WEB,
      'policy.yaml': POLICY,
    },
  },
  'fargate-logging-invalid': { files: { 'logging.yaml': LABELLED + logging('loki') } },
  'fargate-logging-not-near': { files: { 'logging.yaml': LABELLED + logging('kinesis') } },
  'fargate-logging-unlabelled': {
    files: { 'logging.yaml': LABELLED.replace('enabled', '"true"') + logging('cloudwatch_logs') },
  },
  'fargate-logging-without-rights': { files: { 'logging.yaml': LABELLED + logging('cloudwatch_logs') } },
  'pod-security-groups-off': {
    files: { 'shop.yaml': workload({ namespace: 'ops' }), 'policy.yaml': POD_GROUPS },
  },
  'pod-security-groups-no-node': {
    files: {
      'cluster.yaml': config(POD_ENI),
      'shop.yaml': workload({ namespace: 'ops' }),
      'policy.yaml': POD_GROUPS,
    },
  },
  'engine-lacks': {
    files: {},
    engineLacks:
      'podman 4.3.1 is rootless on cgroup version 1: limits of CPU and memory do not hold, and nobody knows what a pod uses',
  },
  'stand-ins-send-nothing': { files: { 'policy.yaml': POD_GROUPS }, hasOnlyStandIns: true },
  'addon-stand-in': { files: { 'cluster.yaml': config('addons: [{name: aws-efs-csi-driver}]') } },
  'not-in-files': {
    files: { 'web.yaml': workload({ container: ', envFrom: [{secretRef: {name: keys}}]' }) },
  },
  'claim-pending': {
    files: {
      'data.yaml': `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: web}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}
`,
    },
  },
  'service-without-pods': {
    files: { 'service.yaml': service('').replace('app: shop', 'app: shopp') },
  },
  'image-name-invalid': {
    files: { 'web.yaml': workload({}).replace('image: nginx', 'image: "${REGISTRY}/shop:1.0"') },
  },
  'pod-security': {
    files: {
      'batch.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: batch, labels: {pod-security.kubernetes.io/enforce: restricted}}\n',
      'work.yaml': workload({ namespace: 'batch' }),
    },
  },
  'region-not-emulated': { files: { 'cluster.yaml': cluster('ap-southeast-1', 'mars-north-1') } },
  'region-unknown': { files: { 'cluster.yaml': cluster('ap-southeast-1', 'mars-north-1') }, target: 'aws' },
  'region-without-fargate': {
    files: { 'cluster.yaml': cluster('ap-southeast-1', 'us-gov-west-1') },
    target: 'aws',
  },
  'version-retired': { files: { 'cluster.yaml': cluster('"1.35"', '"1.28"') } },
  'version-extended': { files: { 'cluster.yaml': cluster('"1.35"', '"1.32"') } },
  'version-unknown': { files: { 'cluster.yaml': cluster('"1.35"', '"1.53"') } },
  'fargate-target-instance': {
    files: { 'web.yaml': WEB, 'service.yaml': service(`${LB}-scheme: internet-facing`) },
  },
  'fargate-unsupported': { files: { 'web.yaml': workload({ spec: 'hostNetwork: true' }) } },
  'fargate-no-size': { files: { 'web.yaml': workload({ container: requests('cpu: 17') }) } },
  'fargate-rounds-up': {
    files: { 'web.yaml': workload({ container: requests('cpu: 100m, memory: 512Mi') }) },
  },
  'profile-invalid': { files: { 'cluster.yaml': cluster('name: fp-web', 'name: eks-web') } },
  'profile-public-subnet': {
    files: {
      'cluster.yaml': config(
        'vpc: {subnets: {public: {ap-southeast-1a: {id: subnet-0a}, ap-southeast-1b: {id: subnet-0b}}}}',
      ),
    },
  },
  'selector-matches-nothing': { files: { 'web.yaml': workload({ namespace: 'batch' }) } },
  'namespace-like-selector': {
    files: {
      'cluster.yaml': cluster('namespace: web', 'namespace: storefront'),
      'web.yaml': workload({ namespace: 'storefornt' }),
    },
  },
  'profile-label-mismatch': {
    files: {
      'work.yaml': workload({ namespace: 'batch', labels: ', eks.amazonaws.com/fargate-profile: fp-web' }),
    },
  },
  'fargate-limit': {
    files: {
      'web.yaml': workload({
        container: ', resources: {requests: {cpu: 200m, memory: 1Gi}, limits: {cpu: 4}}',
      }),
    },
  },
  'fargate-no-effect': {
    files: {
      'web.yaml': WEB.replace(
        'labels: {app: shop}}',
        'labels: {app: shop}, annotations: {CapacityProvisioned: 0.5vCPU 1GB}}',
      ),
    },
  },
  'fargate-job-bills-on': { files: { 'job.yaml': JOB } },
  'quantity-tiny': { files: { 'web.yaml': workload({ container: requests('memory: 512m') }) } },
  'daemonset-on-fargate': { files: { 'agent.yaml': workload({ kind: 'DaemonSet' }) } },
  'auto-mode-off': {
    files: {
      'web.yaml': WEB,
      'service.yaml': service(TARGETS_IP).replace('service.k8s.aws/nlb', 'eks.amazonaws.com/nlb'),
    },
  },
  'hybrid-nodes': {
    files: {
      'cluster.yaml': `${CLUSTER}remoteNetworkConfig:\n  remoteNodeNetworks:\n    - cidrs: ["10.80.0.0/16"]\n`,
      'web.yaml': WEB,
    },
  },
  'field-not-near': {
    files: {
      'cluster.yaml': `${CLUSTER}remoteNetworkConfig:\n  vpcGatewayID: tgw-0a1b2c3d\n  remoteNodeNetworks:\n    - cidrs: ["10.80.0.0/16"]\n`,
      'web.yaml': WEB,
    },
  },
  'karpenter-nodes': {
    files: { 'cluster.yaml': `${CLUSTER}karpenter:\n  version: 1.8.1\n`, 'web.yaml': WEB },
  },
  'no-load-balancer-controller': {
    files: {
      'cluster.yaml': CLUSTER.replace(/iam:[\s\S]*?(?=managedNodeGroups)/, ''),
      'web.yaml': WEB,
      'service.yaml': service(TARGETS_IP),
    },
  },
  'classic-load-balancer': {
    files: {
      'cluster.yaml': CLUSTER.replace(/iam:[\s\S]*?(?=managedNodeGroups)/, ''),
      'web.yaml': WEB,
      'service.yaml': service('').replace(/ *loadBalancerClass.*\n/, ''),
    },
  },
  'load-balancer-invalid': {
    files: { 'web.yaml': WEB, 'service.yaml': service(`${TARGETS_IP}, ${LB}-scheme: public`) },
  },
  'load-balancer-not-emulated': {
    files: {
      'web.yaml': WEB,
      'service.yaml': service(`${TARGETS_IP}, ${LB}-minimum-load-balancer-capacity: CapacityUnits=500`),
    },
  },
  'annotation-ignored': {
    files: { 'web.yaml': WEB, 'service.yaml': service(`${TARGETS_IP}, ${LB}-target-typ: ip`) },
  },
  'udp-checked-by-tcp': {
    files: {
      'web.yaml': WEB,
      'service.yaml': service(TARGETS_IP).replace('{port: 80}', '{port: 514, protocol: UDP}'),
    },
  },
  'instance-type-unknown': { files: { 'cluster.yaml': cluster('t3.xlarge', 't3.extra') } },
  'quota-exceeded': {
    files: { 'cluster.yaml': cluster('desiredCapacity: 2', 'desiredCapacity: 3') },
    target: 'aws',
  },
  'image-pull-denied': {
    files: {
      'cluster.yaml': cluster(
        'desiredCapacity: 2',
        'desiredCapacity: 2, iam: {attachPolicyARNs: ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"]}',
      ),
    },
  },
  'image-not-known': {
    files: {
      'cluster.yaml': cluster('desiredCapacity: 2', 'desiredCapacity: 2, ami: ami-0123456789abcdef0'),
    },
  },
  'reservation-not-near': {
    files: {
      'cluster.yaml': cluster(
        'desiredCapacity: 2',
        'desiredCapacity: 2, capacityReservation: {capacityReservationPreference: open}',
      ),
    },
  },
  'windows-not-near': {
    files: {
      'cluster.yaml': config(
        'nodeGroups: [{name: win, amiFamily: WindowsServer2022CoreContainer, taints: [{key: os, value: windows, effect: NoSchedule}]}]',
      ),
    },
  },
  'devices-not-near': {
    files: { 'cluster.yaml': config('nodeGroups: [{name: gpu, instanceType: g5.xlarge}]') },
  },
  'creator-locked-out': {
    files: {
      'cluster.yaml': config('accessConfig: {bootstrapClusterCreatorAdminPermissions: false}'),
    },
  },
  'linux-on-windows': {
    files: {
      'cluster.yaml': config('nodeGroups: [{name: win, amiFamily: WindowsServer2022CoreContainer}]'),
      'api.yaml': WEB.replaceAll('namespace: web', 'namespace: default').replaceAll('fp-web', 'main'),
    },
    target: 'aws',
  },
  'pod-exceeds-nodes': {
    files: { 'work.yaml': workload({ namespace: 'batch', container: requests('cpu: 4') }) },
  },
  'nodes-too-full': {
    files: {
      'work.yaml': workload({ namespace: 'batch', replicas: 3, container: requests('memory: 12Gi') }),
    },
  },
  'storage-not-emulated': {
    files: {
      'files.yaml': `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: files}
provisioner: efs.csi.aws.com
parameters: {provisioningMode: efs-ap, fileSystemId: fs-0123456789abcdef0}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared, namespace: batch}
spec: {storageClassName: files, accessModes: [ReadWriteMany], resources: {requests: {storage: 5Gi}}}
`,
    },
  },
  'volumes-exceed-node': { files: { 'db.yaml': database(1, 27) } },
  'volumes-exceed-nodes': { files: { 'db.yaml': database(53, 1) } },
  'no-nodes': {
    files: {
      'cluster.yaml': CLUSTER.replace(/managedNodeGroups:\n.*\n/, ''),
      'work.yaml': workload({ namespace: 'batch' }),
    },
  },
  'price-unknown': { files: { 'cluster.yaml': cluster('ap-southeast-1', 'mx-central-1') } },
}
