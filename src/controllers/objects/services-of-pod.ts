// Owns which services select a pod: found by the pod's labels, however many services its namespace has.
import type { Pod, Service } from '../../../generated/kubernetes.d.ts'
import type { Informer } from '../../reconcile/controller.ts'
import { selectsPod } from './service-port.ts'

const BY_SELECTOR = 'services/selector'

/** Prepares the look-up. Repeating it changes nothing. */
export function indexServices(services: Informer<Service>): void {
  services.addIndex(BY_SELECTOR, ({ metadata: { namespace }, spec }) => {
    // A pod that is selected has each label of the selector: one is enough to be found by.
    const [first] = Object.entries(spec.selector ?? {})
    return first ? [entryKey(namespace, first)] : []
  })
}

/** The services that select a pod; `services` must be prepared. */
export function servicesOf(services: Informer<Service>, pod: Pod): Service[] {
  const { namespace, labels = {} } = pod.metadata
  return Object.entries(labels)
    .flatMap((label) => services.byIndex(BY_SELECTOR, entryKey(namespace, label)))
    .filter((service) => selectsPod(service, pod))
}

function entryKey(namespace: string | undefined, [label, value]: readonly [string, string]): string {
  return `${namespace ?? ''}/${label}=${value}`
}
