// Owns what the eks-pod-identity-agent add-on puts into a cluster. Source: aws/eks-pod-identity-agent charts.
import type { AddonInstall, Manifest } from '../definition.ts'
import { eksImage, onInstances, resourcesOf } from './build.ts'

const NAME = 'eks-pod-identity-agent'
const LABELS = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/instance': NAME }

/** DaemonSet `eks-pod-identity-agent`. */
export function podIdentityManifests(install: AddonInstall): readonly Manifest[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace: 'kube-system', labels: LABELS },
      spec: {
        selector: { matchLabels: LABELS },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
        template: {
          metadata: { labels: LABELS },
          spec: {
            priorityClassName: 'system-node-critical',
            hostNetwork: true,
            terminationGracePeriodSeconds: 30,
            tolerations: [{ operator: 'Exists' }],
            affinity: onInstances(),
            containers: [
              {
                name: NAME,
                image: eksImage(install, 'eks/eks-pod-identity-agent'),
                command: ['/go-runner', '/eks-pod-identity-agent', 'server'],
                args: ['--port', '80', '--cluster-name', install.clusterName, '--probe-port', '2703'],
                ports: [
                  { name: 'proxy', containerPort: 80, protocol: 'TCP' },
                  { name: 'probes-port', containerPort: 2703, protocol: 'TCP' },
                ],
                resources: resourcesOf(install, {}),
                securityContext: { capabilities: { add: ['CAP_NET_BIND_SERVICE'] } },
              },
            ],
          },
        },
      },
    },
  ]
}
