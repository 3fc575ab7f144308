// Owns `neargate stop`: ends the near region; everything in it stays on disk.
import type { Command } from 'commander'

import { stopDaemon } from '../../region/daemon.ts'
import { homeAt } from '../../region/home.ts'
import type { App } from '../app.ts'

export function registerStop(program: Command, app: App): void {
  program
    .command('stop')
    .description('stop the near region; clusters and workloads come back with the next start')
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
    .option('--keep', 'leave the containers of pods running in the container engine, for the next start')
    .action(async (options: { readonly data?: string; readonly keep?: true }) => {
      const home = homeAt(options.data, app.environment)
      const stopped = await stopDaemon({ home, clock: app.clock, keepsContainers: options.keep === true })
      if (stopped === 'none') app.terminal.out(`no near region runs on ${home.directory}`)
      else app.terminal.out(`stopped the near region on ${home.directory}`)
      if (stopped === 'killed')
        app.terminal.out(
          `it did not end by itself and was killed; what was acknowledged is on disk (log: ${home.log})`,
        )
    })
}
