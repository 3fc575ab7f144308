// Owns the command line of `neargate up`.
import { type Command, InvalidArgumentError } from 'commander'

import type { App } from '../app.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import { portOption } from '../port-option.ts'
import type { UpFlags } from '../run/up.ts'

const DEFAULT_TIMEOUT_SECONDS = 300

export function registerUp(program: Command, app: App): void {
  program
    .command('up')
    .description(
      'build the cluster of an eksctl ClusterConfig with the manifests beside it, in the near region',
    )
    .argument('[path...]', PATHS_HELP)
    .option('--json', 'print one JSON object on standard output')
    .addOption(portOption())
    .option('--force', 'go on although the plan has errors')
    .option('--adopt', 'take over what somebody else made under these names, after showing what would change')
    .option('--allow-replacement', 'let an update replace or remove what holds something')
    .option(
      '--timeout <seconds>',
      'how long a rollout or a load balancer may take',
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .action(async (paths: readonly string[], flags: UpFlags) => {
      // Loaded when it is needed: the AWS clients take longer to load than most commands to run.
      const { runUp } = await import('../run/up.ts')
      await runUp(app, paths, flags)
    })
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds > 0)) throw new InvalidArgumentError('it is a number of seconds above 0')
  return seconds
}
