// Owns the reading of `vpc.subnets`: keys are zones or names, values carry ids.
import type { ClusterConfig, SubnetSpec } from '../config/cluster-config.ts'

export interface GivenSubnet {
  /** The key in the file: a zone, or a name of the author's. */
  readonly name: string
  readonly id: string
  readonly zone: string
}

/** The subnets that the file names by id, by topology, in the order of the file. */
export function subnetsOf(config: ClusterConfig): {
  readonly private: readonly GivenSubnet[]
  readonly public: readonly GivenSubnet[]
} {
  return { private: given(config.vpc?.subnets?.private), public: given(config.vpc?.subnets?.public) }
}

function given(subnets: Readonly<Record<string, SubnetSpec>> | undefined): readonly GivenSubnet[] {
  return Object.entries(subnets ?? {}).flatMap(([name, spec]) =>
    spec.id === undefined ? [] : [{ name, id: spec.id, zone: spec.az ?? name }],
  )
}
