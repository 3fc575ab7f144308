// Owns what the add-ons of CSI drivers have in common: a controller, and a part on every instance.
import type { AddonInstall, Manifest } from '../definition.ts'
import { eksImage, onInstances, serviceAccount, ON_LINUX } from './build.ts'

/** A probe of a CSI driver's liveness sidecar. */
const CSI_LIVENESS = {
  httpGet: { path: '/healthz', port: 'healthz' },
  initialDelaySeconds: 10,
  timeoutSeconds: 3,
  periodSeconds: 10,
  failureThreshold: 5,
}

/** What tells one CSI driver's workloads from another's. */
export interface CsiDriver {
  /** `ebs`: names are `ebs-csi-controller`, `ebs-plugin`, … */
  readonly prefix: 'ebs' | 'efs'
  readonly labels: Record<string, string>
  readonly image: string
  readonly controllerSidecars: readonly string[]
  readonly hostNetwork: boolean
  /** Ports of the liveness sidecars: with host networking they must not meet. */
  readonly healthPorts: { readonly controller: number; readonly node: number }
}

/** The CSIDriver, ServiceAccounts, the controller (two replicas) and the node part (a DaemonSet on instances) of a CSI driver. */
export function csiDriverManifests(install: AddonInstall, driver: CsiDriver): readonly Manifest[] {
  const { prefix, labels } = driver
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: `${prefix}.csi.aws.com`, labels },
      // A disk is attached to the node that mounts it; a file system is not.
      spec: { attachRequired: prefix === 'ebs', podInfoOnMount: false },
    },
    serviceAccount(`${prefix}-csi-controller-sa`, labels),
    serviceAccount(`${prefix}-csi-node-sa`, labels),
    csiWorkload(install, driver, {
      kind: 'Deployment',
      part: 'controller',
      sidecars: driver.controllerSidecars,
      more: { replicas: 2 },
    }),
    csiWorkload(install, driver, {
      kind: 'DaemonSet',
      part: 'node',
      sidecars: ['node-driver-registrar'],
      more: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } } },
    }),
  ]
}

function csiWorkload(
  install: AddonInstall,
  { prefix, labels, image, hostNetwork, healthPorts }: CsiDriver,
  workload: {
    readonly kind: 'Deployment' | 'DaemonSet'
    readonly part: 'controller' | 'node'
    readonly sidecars: readonly string[]
    readonly more: object
  },
): Manifest {
  const { kind, part, sidecars, more } = workload
  const name = `${prefix}-csi-${part}`
  const selector = { app: name, ...labels }
  const onNode = part === 'node'
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'kube-system', labels },
    spec: {
      ...more,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: {
          serviceAccountName: `${name}-sa`,
          priorityClassName: onNode ? 'system-node-critical' : 'system-cluster-critical',
          ...(hostNetwork ? { hostNetwork } : {}),
          tolerations: onNode
            ? [{ operator: 'Exists' }]
            : [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
          ...(onNode ? { affinity: onInstances() } : { nodeSelector: ON_LINUX }),
          containers: [
            {
              name: `${prefix}-plugin`,
              image: eksImage(install, image),
              args: [part, '--endpoint=unix:/csi/csi.sock'],
              ports: [{ name: 'healthz', containerPort: healthPorts[part], protocol: 'TCP' }],
              livenessProbe: CSI_LIVENESS,
              ...(onNode ? { securityContext: { privileged: true } } : {}),
            },
            ...[...sidecars, 'liveness-probe'].map((sidecar) => ({
              name: sidecar,
              image: eksImage(install, `eks/${sidecar}`),
              args: ['--csi-address=/csi/csi.sock'],
            })),
          ],
        },
      },
    },
  }
}
