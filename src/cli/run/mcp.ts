// Owns the course of `neargate mcp`: a server of tools, and the region that they build in, until its client leaves.
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

import { configOf, loadProject } from '../../deploy/project.ts'
import { createTerminal, printFailure } from '../../terminal/terminal.ts'
import type { App } from '../app.ts'
import { MCP_TOOLS, type McpTool } from '../mcp-tools.ts'
import { version } from '../version.ts'
import { openOwnRegion, type OwnRegion } from './own-region.ts'

/** Runs a command line of the program. @returns its exit code */
export type RunCommandLine = (
  app: App,
  environment: Record<string, string | undefined>,
  args: readonly string[],
) => Promise<number>

interface ToolResult {
  [member: string]: unknown
  content: { type: 'text'; text: string }[]
  isError?: boolean
}

/** Serves until standard input ends or a signal comes; the region that `up` has started ends then. */
export async function serveMcp(app: App, run: RunCommandLine): Promise<void> {
  const region = new RegionOfTools(app)
  const handle = serveStdio(() => serverOf((tool, input) => call(app, { run, region, tool, input })))
  await new Promise<void>((resolve) => {
    for (const event of ['end', 'close'] as const) process.stdin.once(event, resolve)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await handle.close()
  await region.end()
}

type Call = (tool: McpTool, input: Readonly<Record<string, unknown>>) => Promise<ToolResult>

function serverOf(called: Call): McpServer {
  const server = new McpServer({ name: 'neargate', version: version() })
  for (const tool of MCP_TOOLS) {
    const { name, description, input, hints } = tool
    server.registerTool(name, { description, inputSchema: input, annotations: hints }, (given) =>
      called(tool, given),
    )
  }
  return server
}

/** The region that tools build in: started by the first that does, for its files. */
class RegionOfTools {
  readonly #app: App
  #region: Promise<OwnRegion> | undefined

  constructor(app: App) {
    this.#app = app
  }

  /** Its data directory; undefined before there is one: views then show what runs on the user's own. */
  async directory(): Promise<string | undefined> {
    return (await this.#region)?.home.directory
  }

  /** Starts it unless it runs. @throws UserError when it cannot be started; the next call tries again */
  async start(paths: readonly string[]): Promise<void> {
    const { metadata } = configOf(loadProject(paths))
    this.#region ??= openOwnRegion(this.#app, { region: metadata.region, runtime: 'auto' })
    try {
      await this.#region
    } catch (error) {
      this.#region = undefined
      throw error
    }
  }

  async end(): Promise<void> {
    await (await this.#region)?.[Symbol.asyncDispose]()
  }
}

interface Called {
  readonly run: RunCommandLine
  readonly region: RegionOfTools
  readonly tool: McpTool
  readonly input: Readonly<Record<string, unknown>>
}

/** What the command of a tool prints; its errors are the caller's to read. */
async function call(app: App, { run, region, tool, input }: Called): Promise<ToolResult> {
  const out: string[] = []
  const errors: string[] = []
  const terminal = createTerminal({ out: collecting(out), error: collecting(errors) }, { NO_COLOR: '1' })
  const failed = (): ToolResult => ({
    content: [{ type: 'text', text: [...out, ...errors].join('') }],
    isError: true,
  })
  const paths = tool.buildsFrom?.(input)
  try {
    if (paths) await region.start(paths)
  } catch (error) {
    printFailure(terminal, error)
    return failed()
  }
  const directory = await region.directory()
  const environment = {
    ...app.environment,
    ...(directory === undefined ? {} : { NEARGATE_HOME: directory }),
  }
  const { clock, workingDirectory } = app
  const code = await run({ terminal, environment, clock, workingDirectory }, environment, tool.args(input))
  return code === 0 ? { content: [{ type: 'text', text: out.join('') }] } : failed()
}

function collecting(to: string[]): { write(text: string): boolean } {
  return { write: (text) => to.push(text) > 0 }
}
