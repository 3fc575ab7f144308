// Owns the errors for fields of a ClusterConfig that AWS acts on and no near region does.
import type { ClusterConfig } from '../config/cluster-config.ts'
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

const PARTS = {
  kubeAPIServerConfig: 'the API server keeps its defaults',
  kubeControllerManagerConfig: 'the controllers keep their defaults',
  kubeSchedulerConfig: 'the scheduler keeps its defaults',
} as const satisfies Partial<Record<keyof ClusterConfig, string>>

/** Reports settings of the control plane and of nodes that would have no effect near. */
export function checkNearFields({ located }: PlanFacts): Problem[] {
  const { config, locateKey } = located
  const ofControlPlane = Object.entries(PARTS).flatMap(([field, why]) =>
    config[field as keyof typeof PARTS] === undefined
      ? []
      : [problem('field-not-near', `${field} is not emulated: near, ${why}`, locateKey([field]))],
  )
  const ofNodes = (config.nodeGroups ?? []).flatMap(({ name, enclaveEnabled }, index) => {
    if (enclaveEnabled !== true) return []
    const text = `node group ${name}: Nitro Enclaves are not emulated`
    return [problem('field-not-near', text, locateKey(['nodeGroups', index, 'enclaveEnabled']))]
  })
  return [...ofControlPlane, ...ofNodes]
}
