// Owns the command line of `neargate up`.
import { type Command, InvalidArgumentError } from 'commander'

import type { App } from '../app.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import { offerOutput } from '../output.ts'
import { portOption } from '../port-option.ts'
import type { UpFlags } from '../run/up.ts'
import type { UpFarFlags } from '../run/up-far.ts'
import { runtimeOption } from '../runtime-option.ts'
import { assertOwnFits, type OwnFlags } from '../own-flags.ts'
import { splitBehind } from '../command-behind.ts'
import { assertFlagsFit, offerTarget, offerYes } from '../target-options.ts'

type UpCommandFlags = UpFlags & UpFarFlags & OwnFlags

export function registerUp(program: Command, app: App): void {
  const command = program
    .command('up')
    .description('build the cluster of an eksctl ClusterConfig with the manifests beside it, near or on AWS')
    .argument('[path...]', PATHS_HELP)
    .addOption(portOption())
    .option('--ephemeral', 'in a region that keeps everything in memory and forgets it at the end')
    .option('--wait', 'with --ephemeral: a region of its own, which ends when this command is interrupted')
    .addOption(runtimeOption())
    .option('--verbose', 'of a cluster that is there, show also what has not changed')
    .option('--force', 'go on although the plan has errors')
    .option('--adopt', 'take over what somebody else made under these names, after showing what would change')
    .option('--allow-replacement', 'let an update replace or remove what holds something')
    .option(
      '--timeout <seconds>',
      'how long a rollout or a load balancer may take (default: 300, with --target aws 900)',
      parsePositive('seconds'),
    )
  offerOutput(offerYes(offerTarget(command)))
    .option(
      '--max-monthly <usd>',
      'with --target aws: stop when the plan costs more a month',
      parsePositive('US dollars'),
    )
    .option(
      '--write-kubeconfig',
      'with --target aws: put the cluster into the kubeconfig that kubectl uses, too',
    )
    .usage('[options] [path...] [-- command...]')
    .action(async (args: readonly string[], flags: UpCommandFlags) => {
      const { own: paths, behind } = splitBehind(args, typedArguments(program))
      assertFlagsFit(flags)
      assertOwnFits(flags, behind)
      if (flags.target === 'aws') {
        const { runUpFar } = await import('../run/up-far.ts')
        return runUpFar(app, paths, flags)
      }
      if (flags.wait || behind.length > 0) {
        const { runUpOwn } = await import('../run/up-own.ts')
        return runUpOwn(app, paths, { flags, command: behind })
      }
      // Loaded when it is needed: the AWS clients take longer to load than most commands to run.
      const { runUp } = await import('../run/up.ts')
      await runUp(app, paths, flags)
    })
}

// Commander keeps what was typed, and has no typing for it; its own list of arguments no longer tells where `--` was.
function typedArguments(program: Command): readonly string[] {
  return (program as Command & { readonly rawArgs: readonly string[] }).rawArgs
}

function parsePositive(unit: string): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value > 0)) throw new InvalidArgumentError(`it is a number of ${unit} above 0`)
    return value
  }
}
