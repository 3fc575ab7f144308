// Owns what controllers of one cluster share: informers and the event recorder.
import { onAbort } from '../base/abort.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import type { ServedResources } from '../kubernetes/client/served-resources.ts'
import type { ControllerContext, Informer } from './controller.ts'
import { EventRecorder } from './event-recorder.ts'
import { SharedInformer } from './informer.ts'
import type { ControllerEnvironment } from './run-controller.ts'
import { SyncGate } from './sync-gate.ts'

export interface ControllerContextOptions extends ControllerEnvironment {
  readonly client: KubernetesClient
  /** Informers of resources that are no longer among these end. Without it, none does. */
  readonly served?: ServedResources
}

interface Running {
  readonly informer: Informer<KubernetesObject>
  readonly resource: Resource
  readonly end: AbortController
}

/** The context of a cluster's controllers; its informers end when the supervisor stops. */
export function createControllerContext(options: ControllerContextOptions): ControllerContext {
  const { client, clock, log, supervisor, served } = options
  const informers = new Map<string, Running>()
  const recorder = new EventRecorder(options)
  const gate = new SyncGate()
  const stopWatching = served?.onChange(() => endUnserved(informers, served))
  if (stopWatching) onAbort(supervisor.signal, stopWatching)
  return {
    client,
    clock,
    log,
    informer<T extends KubernetesObject>(resource: Resource<T>): Informer<T> {
      const name = nameOf(resource)
      const known = informers.get(name)
      // Keyed by the resource, so what was stored under its name has its type.
      if (known) return known.informer as unknown as Informer<T>
      const informer = new SharedInformer(resource, { client, clock, log, gate })
      const end = new AbortController()
      informers.set(name, { informer: informer as unknown as Informer<KubernetesObject>, resource, end })
      supervisor.run(`informer ${name}`, (signal) => informer.run(AbortSignal.any([signal, end.signal])))
      return informer
    },
    event: (about, event) => recorder.record(about, event),
  }
}

// A resource may be served at a version that is not the one that clients prefer: its group and plural decide.
function endUnserved(informers: Map<string, Running>, { all }: ServedResources): void {
  const names = new Set(all.map(({ group, plural }) => `${plural}.${group}`))
  for (const [name, { resource, end }] of informers) {
    if (names.has(`${resource.plural}.${resource.group}`)) continue
    informers.delete(name)
    end.abort()
  }
}

function nameOf({ plural, version, group }: Resource): string {
  return `${plural}.${version}.${group}`
}
