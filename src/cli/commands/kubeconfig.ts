// Owns `neargate kubeconfig`: the kubeconfig of one cluster on standard output.
import type { Command } from 'commander'

import { connectNear, inRegion, type App, type Near } from '../app.ts'

export function registerKubeconfig(program: Command, app: App): void {
  program
    .command('kubeconfig')
    .description('print the kubeconfig of a cluster')
    .argument('<cluster>', 'name of the cluster')
    .option('--region <name>', 'region of the cluster (default: the first one that has it)')
    .action(async (name: string, flags: { readonly region?: string }) => {
      const { clusterKubeconfig } = await import('../../near/kubeconfig.ts')
      const first = await connectNear(app, flags)
      const regions = flags.region === undefined ? await first.admin.regions() : [flags.region]
      const near = await regionOfCluster(first, name, regions)
      app.terminal.out(await clusterKubeconfig(near, name, app.environment))
    })
}

/** The first region that has the cluster; the first of all when none has. */
async function regionOfCluster(near: Near, cluster: string, regions: readonly string[]): Promise<Near> {
  for (const region of regions) {
    const there = inRegion(near, region)
    const { clusters } = await there.admin.status()
    if (clusters.some(({ name }) => name === cluster)) return there
  }
  return near
}
