// Owns what the vpc-cni add-on puts into a cluster. Source: aws/amazon-vpc-cni-k8s config/master.
import { familyOf } from '../../../../../base/address-range.ts'
import {
  isNetworkPolicyEnabled,
  NODE_AGENT,
  nodeAgentArgument,
} from '../../../../../rules/eks/network-policy.ts'
import type { AddonInstall, Manifest } from '../definition.ts'
import {
  clusterRole,
  clusterRoleBinding,
  eksImage,
  onInstances,
  resourcesOf,
  serviceAccount,
} from './build.ts'

const LABELS = { 'app.kubernetes.io/name': 'aws-node', 'k8s-app': 'aws-node' }

/** ServiceAccount, RBAC and DaemonSet `aws-node`. */
export function vpcCniManifests(install: AddonInstall): readonly Manifest[] {
  return [
    serviceAccount('aws-node', LABELS),
    clusterRole('aws-node', LABELS, [
      { apiGroups: [''], resources: ['namespaces', 'pods', 'nodes'], verbs: ['list', 'watch', 'get'] },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'list'] },
    ]),
    clusterRoleBinding({ name: 'aws-node', labels: LABELS, role: 'aws-node', account: 'aws-node' }),
    daemonSet(install),
  ]
}

function daemonSet(install: AddonInstall): Manifest {
  const selector = { 'k8s-app': 'aws-node' }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'aws-node', namespace: 'kube-system', labels: LABELS },
    spec: {
      selector: { matchLabels: selector },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: 'aws-node',
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          terminationGracePeriodSeconds: 10,
          tolerations: [{ operator: 'Exists' }],
          affinity: onInstances(),
          containers: [
            {
              name: 'aws-node',
              image: eksImage(install, 'amazon-k8s-cni'),
              ports: [{ name: 'metrics', containerPort: 61678, protocol: 'TCP' }],
              env: environment(install),
              resources: resourcesOf(install, { requests: { cpu: '25m' } }),
              securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
            },
            nodeAgent(install),
          ],
        },
      },
    },
  }
}

// With it a pod of the DaemonSet is 2/2, whether policies are on or not. The agent has versions of its own; its image is
// tagged with the add-on's here.
function nodeAgent(install: AddonInstall): object {
  return {
    name: NODE_AGENT,
    image: eksImage(install, 'amazon/aws-network-policy-agent'),
    args: [
      `--enable-ipv6=${isIpv6(install)}`,
      nodeAgentArgument(isNetworkPolicyEnabled(install.values)),
      '--enable-cloudwatch-logs=false',
      '--enable-policy-event-logs=false',
      '--metrics-bind-addr=:8162',
      '--health-probe-bind-addr=:8163',
    ],
    env: [
      { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
    ],
    resources: resourcesOf(install, { requests: { cpu: '25m' } }),
    securityContext: { capabilities: { add: ['NET_ADMIN'] }, privileged: true },
  }
}

const isIpv6 = ({ serviceCidr }: AddonInstall): boolean => familyOf(serviceCidr) === 'IPv6'

function environment(install: AddonInstall): object[] {
  const given = install.values['env']
  const values = {
    AWS_VPC_K8S_CNI_LOGLEVEL: 'DEBUG',
    CLUSTER_NAME: install.clusterName,
    CLUSTER_ENDPOINT: install.clusterEndpoint,
    WARM_ENI_TARGET: '1',
    WARM_PREFIX_TARGET: '1',
    // Pods take their addresses out of a /80 of their node's (EKS best practices, "Running IPv6 EKS Clusters").
    ENABLE_IPv4: !isIpv6(install),
    ENABLE_IPv6: isIpv6(install),
    ENABLE_PREFIX_DELEGATION: isIpv6(install),
    ...(typeof given === 'object' && given !== null ? given : {}),
  }
  const literal = Object.entries(values).map(([name, value]) => ({ name, value: String(value) }))
  return [
    ...literal,
    { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
  ]
}
