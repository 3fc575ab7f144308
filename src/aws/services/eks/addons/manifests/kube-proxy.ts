// Owns what the kube-proxy add-on puts into a cluster.
import type { AddonInstall, Manifest } from '../definition.ts'
import { clusterRoleBinding, eksImage, onInstances, resourcesOf, serviceAccount } from './build.ts'

const LABELS = { 'eks.amazonaws.com/component': 'kube-proxy', 'k8s-app': 'kube-proxy' }

/** ServiceAccount, binding to the built-in node-proxier role, ConfigMap and DaemonSet `kube-proxy`. */
export function kubeProxyManifests(install: AddonInstall): readonly Manifest[] {
  return [
    serviceAccount('kube-proxy', LABELS),
    clusterRoleBinding({
      name: 'eks:kube-proxy',
      labels: LABELS,
      role: 'system:node-proxier',
      account: 'kube-proxy',
    }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy-config', namespace: 'kube-system', labels: LABELS },
      data: {
        config:
          'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nbindAddress: 0.0.0.0\nmode: "iptables"\n',
      },
    },
    daemonSet(install),
  ]
}

function daemonSet(install: AddonInstall): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: 'kube-system', labels: LABELS },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-proxy' } },
        spec: {
          serviceAccountName: 'kube-proxy',
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          tolerations: [{ operator: 'Exists' }],
          affinity: onInstances(),
          containers: [
            {
              name: 'kube-proxy',
              image: eksImage({ ...install, version: minimal(install.version) }, 'eks/kube-proxy'),
              command: ['kube-proxy', '--v=2', '--config=/var/lib/kube-proxy-config/config'],
              resources: resourcesOf(install, { requests: { cpu: '100m' } }),
              securityContext: { privileged: true },
              volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy-config/' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'kube-proxy-config' } }],
        },
      },
    },
  }
}

// EKS user guide, managing-kube-proxy: `v1.34.0-eksbuild.2` runs the image tagged `v1.34.0-minimal-eksbuild.2`.
function minimal(version: string): string {
  return version.replace('-eksbuild', '-minimal-eksbuild')
}
