// Owns what the metrics-server add-on puts into a cluster. Source: kubernetes-sigs/metrics-server manifests.
import type { AddonInstall, Manifest } from '../definition.ts'
import {
  clusterRole,
  clusterRoleBinding,
  countOf,
  eksImage,
  podsOf,
  resourcesOf,
  serviceAccount,
  ON_LINUX,
} from './build.ts'

const NAME = 'metrics-server'
const { labels: SELECTOR, replicas, requests } = podsOf(NAME)
/** EKS serves on 10251, because port 10250 of a Fargate pod is its kubelet's. */
const PORT = 10251

/** ServiceAccount, RBAC, Deployment, Service and APIService of `metrics-server`. */
export function metricsServerManifests(install: AddonInstall): readonly Manifest[] {
  return [
    serviceAccount(NAME, SELECTOR),
    clusterRole(`system:${NAME}`, SELECTOR, [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ]),
    clusterRoleBinding({ name: `system:${NAME}`, labels: SELECTOR, role: `system:${NAME}`, account: NAME }),
    deployment(install),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace: 'kube-system', labels: SELECTOR },
      spec: {
        selector: SELECTOR,
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }],
      },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io', labels: SELECTOR },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: NAME, namespace: 'kube-system' },
      },
    },
  ]
}

function deployment(install: AddonInstall): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: 'kube-system', labels: SELECTOR },
    spec: {
      replicas: countOf(install, 'replicas', replicas),
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: SELECTOR },
        spec: {
          serviceAccountName: NAME,
          priorityClassName: 'system-cluster-critical',
          nodeSelector: ON_LINUX,
          tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
          containers: [
            {
              name: NAME,
              image: eksImage(install, 'eks/metrics-server'),
              args: [
                `--secure-port=${PORT}`,
                '--cert-dir=/tmp',
                '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
                '--kubelet-use-node-status-port',
                '--metric-resolution=15s',
              ],
              ports: [{ name: 'https', containerPort: PORT, protocol: 'TCP' }],
              readinessProbe: {
                httpGet: { path: '/readyz', port: 'https', scheme: 'HTTPS' },
                periodSeconds: 10,
              },
              livenessProbe: {
                httpGet: { path: '/livez', port: 'https', scheme: 'HTTPS' },
                periodSeconds: 10,
              },
              resources: resourcesOf(install, {
                limits: { memory: '400Mi' },
                requests,
              }),
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
                runAsUser: 1000,
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  }
}
