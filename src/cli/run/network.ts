// Owns the course of `neargate network`.
import { networkOf } from '../../near/network.ts'
import { configOf, loadProject } from '../../deploy/project.ts'
import { createProgressView } from '../../terminal/progress-view.ts'
import { renderTable } from '../../terminal/table.ts'
import type { App } from '../app.ts'
import { lookOf, type OutputFlags, printForPrograms } from '../output.ts'
import { regionFor, type RegionFlags } from './region-for.ts'

export type NetworkFlags = RegionFlags & OutputFlags

/** Runs the command. @throws UserError when the files make no cluster, or the ids cannot be made. */
export async function runNetwork(app: App, paths: readonly string[], flags: NetworkFlags): Promise<void> {
  const { terminal } = app
  const config = configOf(loadProject(paths))
  const request = networkOf(config)
  if (!request) {
    const value = { subnets: [], created: false } as const
    if (await printForPrograms(app, flags, { command: 'network', value, names: [] })) return
    terminal.out('the file names no subnets: nothing to make, eksctl makes a VPC of its own')
    return
  }
  const view = createProgressView(terminal, () => app.clock.now())
  try {
    const near = await regionFor(app, { region: config.metadata.region, flags, view })
    const { vpcId, created } = await near.admin.prepareNetwork(request)
    view.close()
    const value = { vpcId, created, ...request }
    const names = request.subnets.flatMap(({ id }) => (id === undefined ? [] : `subnet/${id}`))
    if (await printForPrograms(app, flags, { command: 'network', value, names })) return
    terminal.out(`${created ? 'made' : 'there already:'} ${vpcId} with the subnets that the file names`)
    terminal.out(
      renderTable(lookOf(app, flags), {
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
