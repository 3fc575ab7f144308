// Owns what controllers of one cluster share: informers and the event recorder.
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import type { ControllerContext, Informer } from './controller.ts'
import { EventRecorder } from './event-recorder.ts'
import { SharedInformer } from './informer.ts'
import type { ControllerEnvironment } from './run-controller.ts'
import { SyncGate } from './sync-gate.ts'

export interface ControllerContextOptions extends ControllerEnvironment {
  readonly client: KubernetesClient
}

/** The context of a cluster's controllers; its informers end when the supervisor stops. */
export function createControllerContext(options: ControllerContextOptions): ControllerContext {
  const { client, clock, log, supervisor } = options
  const informers = new Map<string, Informer<KubernetesObject>>()
  const recorder = new EventRecorder(options)
  const gate = new SyncGate()
  return {
    client,
    clock,
    log,
    informer<T extends KubernetesObject>(resource: Resource<T>): Informer<T> {
      const name = `${resource.plural}.${resource.version}.${resource.group}`
      const known = informers.get(name)
      // Keyed by the resource, so what was stored under its name has its type.
      if (known) return known as unknown as Informer<T>
      const informer = new SharedInformer(resource, { client, clock, log, gate })
      informers.set(name, informer as unknown as Informer<KubernetesObject>)
      supervisor.run(`informer ${name}`, (signal) => informer.run(signal))
      return informer
    },
    event: (about, event) => recorder.record(about, event),
  }
}
