// Owns what the compute controller of EKS Auto Mode needs of AWS: machines, and what node classes select.
import type { Taint } from '../../../generated/kubernetes.d.ts'
import type { CapacityType } from '../../rules/auto-mode/auto-node.ts'
import type { NodeClass, SelectorTerm } from '../../rules/auto-mode/node-pool.ts'

export interface MachineRequest {
  /** UID of the claim: the same one again is the same machine. */
  readonly token: string
  readonly nodePool: string
  readonly nodeClass: NodeClass
  readonly instanceType: string
  readonly arch: 'amd64' | 'arm64'
  readonly capacityType: CapacityType
  readonly subnetId: string
  readonly securityGroupIds: readonly string[]
  /** Of the node beyond those of its machine. */
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
}

export interface LaunchedMachine {
  /** `i-…`, the name of its node as well */
  readonly instanceId: string
  readonly imageId: string
}

export interface SelectedSubnet {
  readonly id: string
  readonly zone: string
  readonly zoneID?: string
}

/** Everything throws AwsError with the words of AWS. */
export interface AutoMachines {
  launch(request: MachineRequest): Promise<LaunchedMachine>
  /** Repeating it is no error, neither is a machine that is gone. */
  terminate(instanceId: string): Promise<void>
  /** Its state as EC2 names it; undefined when there is no such instance any more. */
  state(instanceId: string): Promise<string | undefined>
  subnets(terms: readonly SelectorTerm[]): Promise<readonly SelectedSubnet[]>
  securityGroups(
    terms: readonly SelectorTerm[],
  ): Promise<readonly { readonly id: string; readonly name: string }[]>
  /** Makes sure that machines can have the role. @returns the name of its instance profile */
  instanceProfile(roleName: string): Promise<string>
}
