// Owns what the coredns add-on puts into a cluster.
import { clusterDnsIp } from '../../../../../rules/eks/cluster-network.ts'
import type { AddonInstall, Manifest } from '../definition.ts'
import {
  clusterRole,
  clusterRoleBinding,
  countOf,
  eksImage,
  onLinuxMachines,
  podsOf,
  resourcesOf,
  serviceAccount,
} from './build.ts'

const LABELS = {
  'eks.amazonaws.com/component': 'coredns',
  'k8s-app': 'kube-dns',
  'kubernetes.io/cluster-service': 'true',
  'kubernetes.io/name': 'CoreDNS',
}
const { labels: POD_LABELS, replicas, requests } = podsOf('coredns')

const COREFILE = `.:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`

/** ServiceAccount, RBAC, ConfigMap, Deployment `coredns` and Service `kube-dns`. */
export function corednsManifests(install: AddonInstall): readonly Manifest[] {
  const corefile = install.values['corefile']
  return [
    serviceAccount('coredns', LABELS),
    clusterRole('system:coredns', LABELS, [
      {
        apiGroups: [''],
        resources: ['endpoints', 'services', 'pods', 'namespaces'],
        verbs: ['list', 'watch'],
      },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ]),
    clusterRoleBinding({
      name: 'system:coredns',
      labels: LABELS,
      role: 'system:coredns',
      account: 'coredns',
    }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'coredns', namespace: 'kube-system', labels: POD_LABELS },
      data: { Corefile: typeof corefile === 'string' ? corefile : COREFILE },
    },
    deployment(install),
    service(install),
  ]
}

function deployment(install: AddonInstall): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system', labels: LABELS },
    spec: {
      replicas: countOf(install, 'replicaCount', replicas),
      selector: { matchLabels: POD_LABELS },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
      template: {
        metadata: { labels: POD_LABELS, annotations: computeType(install) },
        spec: podSpec(install),
      },
    },
  }
}

// EKS keeps CoreDNS off Fargate until someone says otherwise (user guide, fargate-getting-started).
function computeType(install: AddonInstall): Record<string, string> {
  const isFargate = String(install.values['computeType']).toLowerCase() === 'fargate'
  return isFargate ? {} : { 'eks.amazonaws.com/compute-type': 'ec2' }
}

function podSpec(install: AddonInstall): object {
  const { nodeSelector, tolerations } = install.values
  return {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    tolerations: Array.isArray(tolerations)
      ? tolerations
      : [
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          { key: 'CriticalAddonsOnly', operator: 'Exists' },
        ],
    affinity: {
      ...onLinuxMachines(),
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }] },
              topologyKey: 'kubernetes.io/hostname',
            },
          },
        ],
      },
    },
    containers: [
      {
        name: 'coredns',
        image: eksImage(install, 'eks/coredns'),
        args: ['-conf', '/etc/coredns/Corefile'],
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
          { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
        ],
        livenessProbe: {
          httpGet: { path: '/health', port: 8080 },
          initialDelaySeconds: 60,
          timeoutSeconds: 5,
        },
        readinessProbe: { httpGet: { path: '/ready', port: 8181 } },
        resources: resourcesOf(install, {
          limits: { memory: '170Mi' },
          requests,
        }),
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
      },
    ],
    volumes: [
      {
        name: 'config-volume',
        configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] },
      },
    ],
  }
}

function service(install: AddonInstall): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: LABELS,
      annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
    },
    spec: {
      clusterIP: clusterDnsIp(install.serviceCidr),
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        { name: 'metrics', port: 9153, protocol: 'TCP' },
      ],
    },
  }
}
