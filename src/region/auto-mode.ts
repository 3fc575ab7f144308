// Owns EKS Auto Mode in one cluster: its control loops run while its settings say so, beside the control plane.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { ClusterAccess } from '../aws/services/eks/index.ts'
import { nodeClaims, nodeClasses, nodePools } from '../kubernetes/client/auto-mode-resources.ts'
import type { Resource } from '../kubernetes/client/client.ts'
import type { ServedResources } from '../kubernetes/client/served-resources.ts'
import type { Controller } from '../reconcile/controller.ts'
import { AUTO_MODE } from '../rules/load-balancer/edition.ts'
import { runController } from '../reconcile/run-controller.ts'

const NEEDED: readonly Pick<Resource, 'group' | 'plural'>[] = [
  nodeClaims,
  nodeClasses,
  nodePools,
  { group: AUTO_MODE.group, plural: 'targetgroupbindings' },
  { group: AUTO_MODE.group, plural: 'ingressclassparams' },
]

function isSame(a: Pick<Resource, 'group' | 'plural'>, b: Pick<Resource, 'group' | 'plural'>): boolean {
  return a.group === b.group && a.plural === b.plural
}

export interface AutoModeOptions {
  readonly clusterName: string
  readonly clusters: ClusterAccess['clusters']
  /** What the cluster serves: without the definitions of Auto Mode there is nothing to look at. */
  readonly served: ServedResources
  readonly clock: Clock
  readonly log: Log
  /** Lets it look at requests while it is on. @returns what ends that */
  addAdmission(): () => void
  /** Made anew each time that Auto Mode is turned on. */
  controllers(): readonly Controller[]
}

/** Starts and ends the control loops with the settings of the cluster. @returns what ends it for good */
export function followAutoMode(options: AutoModeOptions): () => Promise<void> {
  const { clusterName, clusters, served, clock, log } = options
  let running: Supervisor | undefined
  let leave = (): void => undefined
  let ended: Promise<void> = Promise.resolve()
  const look = (): void => {
    const { computeConfig, status } = clusters.get(clusterName)?.cluster ?? {}
    // Its nodes end with it: while it is turned off the loops go on until the update is done.
    const isOn = computeConfig !== undefined && (computeConfig.enabled === true || status === 'UPDATING')
    const isServed = NEEDED.every((needed) => served.all.some((each) => isSame(each, needed)))
    if (isOn && isServed && !running) {
      running = new Supervisor(log)
      leave = options.addAdmission()
      for (const controller of options.controllers())
        runController(controller, { clock, log, supervisor: running })
    } else if (!isOn && running) {
      leave()
      ended = running.stop()
      running = undefined
    }
  }
  const ends = [
    clusters.watch(({ key }) => (key === clusterName ? look() : undefined)),
    served.onChange(look),
  ]
  look()
  return async () => {
    for (const end of ends) end()
    leave()
    await Promise.all([ended, running?.stop()])
  }
}
