// Owns what every namespace has: the `default` service account and the cluster's CA in a config map.
// Source: kubernetes pkg/controller/serviceaccount and pkg/controller/certificates/rootcacertpublisher.
import type { Namespace } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { configMaps, namespaces, serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'

const DEFAULT = 'default'
const ROOT_CA = 'kube-root-ca.crt'
const DESCRIPTION = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as ' +
    'the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of ' +
    'Kubernetes clusters.',
}

/** Keeps a `default` service account in every active namespace. Keys are namespaces. */
export function createServiceAccountController(context: ControllerContext): Controller {
  const all = context.informer(namespaces)
  const accounts = context.informer(serviceAccounts)
  return {
    name: 'serviceaccount',
    sources: [
      all.source(),
      accounts.source(({ metadata }) => (metadata.name === DEFAULT ? [metadata.namespace ?? ''] : [])),
    ],
    async reconcile(namespace) {
      if (!isActive(all.get(namespace)) || accounts.get(`${namespace}/${DEFAULT}`)) return
      await unlessThereOrGoing(() =>
        context.client.create(serviceAccounts, {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: DEFAULT, namespace },
        }),
      )
    },
  }
}

/** Keeps config map `kube-root-ca.crt` in every active namespace. Keys are namespaces. */
export function createRootCaController(context: ControllerContext, caPem: string): Controller {
  const all = context.informer(namespaces)
  const maps = context.informer(configMaps)
  const data = { 'ca.crt': caPem }
  return {
    name: 'root-ca-certificate-publisher',
    sources: [
      all.source(),
      maps.source(({ metadata }) => (metadata.name === ROOT_CA ? [metadata.namespace ?? ''] : [])),
    ],
    async reconcile(namespace) {
      if (!isActive(all.get(namespace))) return
      const current = maps.get(`${namespace}/${ROOT_CA}`)
      if (!current) {
        await unlessThereOrGoing(() =>
          context.client.create(configMaps, {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: ROOT_CA, namespace, annotations: DESCRIPTION },
            data,
          }),
        )
        return
      }
      const annotations = { ...current.metadata.annotations, ...DESCRIPTION }
      if (deepEqual(current.data, data) && deepEqual(current.metadata.annotations, annotations)) return
      await context.client.update(configMaps, {
        ...current,
        metadata: { ...current.metadata, annotations },
        data,
      })
    },
  }
}

function isActive(namespace: Namespace | undefined): boolean {
  return (
    namespace !== undefined &&
    !namespace.metadata.deletionTimestamp &&
    namespace.status?.phase !== 'Terminating'
  )
}

async function unlessThereOrGoing(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
  }
}
