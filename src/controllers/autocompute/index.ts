// Owns the surface of EKS Auto Mode's compute: the control loops that make nodes for pods and end them again.
import type { Controller } from '../../reconcile/controller.ts'
import { type ComputeOptions, createCompute } from './compute.ts'
import { createDisruptionController } from './disruption.ts'
import { createClaimController } from './lifecycle.ts'
import { createProvisioner } from './provisioner.ts'
import { createProvisionerParts } from './simulation.ts'
import { createClassController, createPoolController } from './status.ts'

export type { AutoMachines, LaunchedMachine, MachineRequest } from './ports.ts'

/** The control loops of a cluster whose definitions of NodePool, NodeClaim and NodeClass are served. */
export function createAutoCompute(options: ComputeOptions): Controller[] {
  const compute = createCompute(options)
  const parts = createProvisionerParts(compute)
  return [
    createClassController(compute),
    createPoolController(compute),
    createProvisioner(compute, parts),
    createClaimController(compute),
    createDisruptionController(compute, parts),
  ]
}
