// Owns what add-ons put into a cluster whose work is out of a near region's reach: their workload, so that it takes its
// place on nodes, its service account, and a CSI driver's name.
import { type AddonName, addonFacts, type AddonFacts } from '../../../../../rules/eks/addons.ts'
import type { AddonInstall, Manifest } from '../definition.ts'
import { countOf, eksImage, onInstances, resourcesOf, serviceAccount } from './build.ts'

/** Manifests of an add-on by its facts: namespace, ServiceAccount, CSIDriver where there is one, the workload. */
export function plainManifests(
  name: AddonName,
  { image = `eks/${name}`, driver }: { readonly image?: string; readonly driver?: string } = {},
): (install: AddonInstall) => readonly Manifest[] {
  const facts: AddonFacts = addonFacts[name]
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': name }
  const account = facts.identity?.serviceAccount ?? facts.workload.name
  const { namespace } = facts
  return (install) => [
    ...(namespace === 'kube-system'
      ? []
      : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]),
    serviceAccount(account, labels, namespace),
    ...(driver === undefined
      ? []
      : [
          {
            apiVersion: 'storage.k8s.io/v1',
            kind: 'CSIDriver',
            metadata: { name: driver, labels },
            spec: { attachRequired: false },
          },
        ]),
    workload(install, { facts, labels, account, image }),
  ]
}

function workload(
  install: AddonInstall,
  of: {
    readonly facts: AddonFacts
    readonly labels: Readonly<Record<string, string>>
    readonly account: string
    readonly image: string
  },
): Manifest {
  const { facts, labels, account, image } = of
  const { kind, name } = facts.workload
  const isDaemon = kind === 'DaemonSet'
  const { nodeSelector, tolerations } = install.values
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: facts.namespace, labels },
    spec: {
      ...(isDaemon ? {} : { replicas: countOf(install, 'replicaCount', 1) }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: account,
          ...(isDaemon ? { affinity: onInstances() } : {}),
          tolerations: tolerations ?? (isDaemon ? [{ operator: 'Exists' }] : []),
          ...(nodeSelector === undefined ? {} : { nodeSelector }),
          containers: [{ name, image: eksImage(install, image), resources: resourcesOf(install, {}) }],
        },
      },
    },
  }
}
