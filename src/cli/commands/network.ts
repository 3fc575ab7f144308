// Owns the command line of `neargate network`.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import { portOption } from '../port-option.ts'
import { offerOutput } from '../output.ts'
import type { NetworkFlags } from '../run/network.ts'

export function registerNetwork(program: Command, app: App): void {
  const command = program
    .command('network')
    .description(
      'make the VPC and the subnets that a ClusterConfig names by id, and nothing else: eksctl goes on from there',
    )
    .argument('[path...]', 'files and directories (default: the current directory)')
    .addOption(portOption())
  offerOutput(command).action(async (paths: readonly string[], flags: NetworkFlags) => {
    const { runNetwork } = await import('../run/network.ts')
    await runNetwork(app, paths, flags)
  })
}
