// Owns `neargate kubeconfig`: the kubeconfig of one cluster on standard output.
import type { Command } from 'commander'

import { connectNear, inRegion, type App, type Near } from '../app.ts'
import type { KubeconfigFarFlags } from '../run/kubeconfig-far.ts'
import { assertFlagsFit, offerTarget } from '../target-options.ts'

export function registerKubeconfig(program: Command, app: App): void {
  const command = program
    .command('kubeconfig')
    .description('print the kubeconfig of a cluster, near or on AWS')
    .argument('<cluster>', 'name of the cluster')
    .option('--region <name>', 'region of the cluster (default: AWS_REGION, or the first one that has it)')
  offerTarget(command).action(async (name: string, flags: KubeconfigFarFlags) => {
    assertFlagsFit(flags)
    if (flags.target === 'aws') {
      const { kubeconfigFar } = await import('../run/kubeconfig-far.ts')
      app.terminal.out(await kubeconfigFar(app, name, flags))
      return
    }
    const { clusterKubeconfig } = await import('../../near/kubeconfig.ts')
    const first = await connectNear(app, { region: flags.region })
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
