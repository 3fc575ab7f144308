// Owns `neargate mcp`: the program as tools of a coding assistant, over standard input and output.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import type { RunCommandLine } from '../run/mcp.ts'

/** @param run the program itself: tools are its commands */
export function registerMcp(program: Command, app: App, run: RunCommandLine): void {
  program
    .command('mcp')
    .description(
      'serve plan, up, explain and views as tools of a coding assistant, by the Model Context Protocol on standard input and output',
    )
    .action(async () => {
      // Loaded by need: the protocol, and the region.
      const { serveMcp } = await import('../run/mcp.ts')
      await serveMcp(app, run)
    })
}
