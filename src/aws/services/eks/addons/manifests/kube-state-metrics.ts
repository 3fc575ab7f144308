// Owns what the kube-state-metrics add-on puts into a cluster. Source: kubernetes/kube-state-metrics examples.
import type { AddonInstall, Manifest } from '../definition.ts'
import {
  clusterRole,
  clusterRoleBinding,
  countOf,
  eksImage,
  resourcesOf,
  serviceAccount,
  ON_LINUX,
} from './build.ts'

const NAME = 'kube-state-metrics'
const LABELS = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/instance': NAME }

/** Namespace, ServiceAccount, RBAC, Deployment and Service `kube-state-metrics`. */
export function kubeStateMetricsManifests(install: AddonInstall): readonly Manifest[] {
  const metadata = { name: NAME, namespace: NAME, labels: LABELS }
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 'http' }]
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME, labels: LABELS } },
    serviceAccount(NAME, LABELS, NAME),
    clusterRole(NAME, LABELS, [
      {
        apiGroups: [''],
        resources: ['configmaps', 'secrets', 'nodes', 'pods', 'services', 'serviceaccounts', 'namespaces'],
        verbs: ['list', 'watch'],
      },
      {
        apiGroups: ['apps'],
        resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
        verbs: ['list', 'watch'],
      },
    ]),
    clusterRoleBinding({ name: NAME, labels: LABELS, role: NAME, account: NAME, namespace: NAME }),
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: LABELS, ports } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: countOf(install, 'replicas', 1),
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            serviceAccountName: NAME,
            nodeSelector: ON_LINUX,
            containers: [
              {
                name: NAME,
                image: eksImage(install, `eks/${NAME}`),
                ports: [
                  { name: 'http', containerPort: 8080, protocol: 'TCP' },
                  { name: 'metrics', containerPort: 8081, protocol: 'TCP' },
                ],
                livenessProbe: { httpGet: { path: '/livez', port: 'http' }, initialDelaySeconds: 5 },
                readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, initialDelaySeconds: 5 },
                resources: resourcesOf(install, {}),
              },
            ],
          },
        },
      },
    },
  ]
}
