// Owns the reading of `vpc.subnets`: keys are zones or names, values say which subnet is meant.
import type { ClusterConfig, SubnetSpec } from '../config/cluster-config.ts'

/** A subnet of the file once it is imported (import-subnets.ts): what it leaves out has been looked up. */
export interface GivenSubnet {
  /** The key in the file: a zone, or a name of the author's. */
  readonly name: string
  readonly id: string
  readonly zone: string
}

/** The subnets of the file with an id, by topology, in the order of the file. */
export function subnetsOf(config: ClusterConfig): {
  readonly private: readonly GivenSubnet[]
  readonly public: readonly GivenSubnet[]
} {
  return { private: given(config.vpc?.subnets?.private), public: given(config.vpc?.subnets?.public) }
}

function given(subnets: Readonly<Record<string, SubnetSpec>> | undefined): readonly GivenSubnet[] {
  return Object.entries(subnets ?? {}).flatMap(([name, spec]) =>
    spec.id === undefined ? [] : [{ name, id: spec.id, zone: zoneOf(name, spec) ?? name }],
  )
}

const ZONE = /^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$/

/** The zone that the file gives a subnet: `az`, or the key where that is a zone; undefined when it says none. */
export function zoneOf(name: string, { az }: SubnetSpec): string | undefined {
  return az ?? (ZONE.test(name) ? name : undefined)
}
