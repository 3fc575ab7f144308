// Owns the course of `neargate network`, and what of a config's network is made near: on AWS it is there already.
import type { ClusterConfig, NodeGroupBase } from '../../config/cluster-config.ts'
import { zoneOf } from '../../deploy/subnets.ts'
import type { NetworkRequest } from '../../region/admin.ts'
import { createProgressView } from '../../terminal/progress-view.ts'
import { renderTable } from '../../terminal/table.ts'
import type { App } from '../app.ts'
import { configOf, loadProject } from '../project.ts'
import { regionFor, type RegionFlags } from './region-for.ts'

/** What the file says of a network that is there already; undefined when it says nothing, as eksctl makes one then. */
export function networkOf(config: ClusterConfig): NetworkRequest | undefined {
  const { vpc = {} } = config
  const wishes = (['private', 'public'] as const).flatMap((topology) =>
    Object.entries(vpc.subnets?.[topology] ?? {}).map(([name, spec]) => {
      const zone = zoneOf(name, spec)
      return {
        ...(spec.id === undefined ? {} : { id: spec.id }),
        ...(zone === undefined ? {} : { zone }),
        ...(spec.cidr === undefined ? {} : { cidr: spec.cidr }),
        public: topology === 'public',
      }
    }),
  )
  if (wishes.length === 0) return undefined
  const known = new Set(wishes.flatMap(({ id }) => id ?? []))
  const besides = [...new Set(idsBesides(config))].filter((id) => !known.has(id))
  const securityGroups = [...new Set(groupsOf(config))]
  return {
    subnets: [...wishes, ...besides.map((id) => ({ id, public: false }))],
    ...(vpc.id === undefined ? {} : { vpcId: vpc.id }),
    ...(vpc.cidr === undefined ? {} : { cidr: vpc.cidr }),
    ...(securityGroups.length === 0 ? {} : { securityGroups }),
  }
}

function groupsOfNodes({ nodeGroups = [], managedNodeGroups = [] }: ClusterConfig): readonly NodeGroupBase[] {
  return [...nodeGroups, ...managedNodeGroups]
}

// Subnets that only the control plane, a node group or a profile is in.
function idsBesides(config: ClusterConfig): readonly string[] {
  const named = [
    ...(config.vpc?.controlPlaneSubnetIDs ?? []),
    ...groupsOfNodes(config).flatMap(({ subnets = [] }) => subnets),
    ...(config.fargateProfiles ?? []).flatMap(({ subnets = [] }) => subnets),
  ]
  return named.filter((name) => name.startsWith('subnet-'))
}

function groupsOf(config: ClusterConfig): readonly string[] {
  const { securityGroup, sharedNodeSecurityGroup, controlPlaneSecurityGroupIDs = [] } = config.vpc ?? {}
  return [
    ...(securityGroup === undefined ? [] : [securityGroup]),
    ...(sharedNodeSecurityGroup === undefined ? [] : [sharedNodeSecurityGroup]),
    ...controlPlaneSecurityGroupIDs,
    ...groupsOfNodes(config).flatMap(({ securityGroups }) => securityGroups?.attachIDs ?? []),
  ]
}

export interface NetworkFlags extends RegionFlags {
  readonly json?: true
}

/** Runs the command. @throws UserError when the files make no cluster, or the ids cannot be made. */
export async function runNetwork(app: App, paths: readonly string[], flags: NetworkFlags): Promise<void> {
  const { terminal } = app
  const config = configOf(loadProject(paths))
  const request = networkOf(config)
  if (!request) {
    if (flags.json) terminal.out(JSON.stringify({ subnets: [], created: false }))
    else terminal.out('the file names no subnets: nothing to make, eksctl makes a VPC of its own')
    return
  }
  const view = createProgressView(terminal, () => app.clock.now())
  try {
    const near = await regionFor(app, { region: config.metadata.region, flags, view })
    const { vpcId, created } = await near.admin.prepareNetwork(request)
    view.close()
    if (flags.json) {
      terminal.out(JSON.stringify({ vpcId, created, ...request }))
      return
    }
    terminal.out(`${created ? 'made' : 'there already:'} ${vpcId} with the subnets that the file names`)
    terminal.out(
      renderTable(terminal, {
        columns: ['SUBNET', 'ZONE', 'CIDR', 'ROUTE'].map((heading) => ({ heading })),
        rows: request.subnets.map(({ id = '', zone = '', cidr = '', public: isPublic }) => [
          id,
          zone,
          cidr,
          isPublic ? 'internet gateway' : 'NAT gateway',
        ]),
      }),
    )
    terminal.out(
      `go on with  eval "$(npx neargate env)" && eksctl create cluster -f ${paths[0] ?? 'cluster.yaml'}`,
    )
  } finally {
    view.close()
  }
}
