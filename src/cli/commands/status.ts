// Owns `neargate status`: what runs in the near region, and the URLs that work.
import type { Command } from 'commander'

import type { RegionStatus } from '../../region/admin.ts'
import { homeAt } from '../../region/home.ts'
import { addressHelp } from '../address-help.ts'
import { connectNear, inRegion, presentRegion, type App } from '../app.ts'
import { CommandFailure } from '../failure.ts'
import { lookOf, offerOutput, type OutputFlags, printForPrograms } from '../output.ts'
import { warningMark } from '../../terminal/problems.ts'
import { renderTable } from '../../terminal/table.ts'
import type { Look } from '../../terminal/terminal.ts'

interface StatusFlags extends OutputFlags {
  readonly data?: string
}

export function registerStatus(program: Command, app: App): void {
  const command = program
    .command('status')
    .description(
      'show the near region: clusters, nodes, load balancers and their URLs (exit code 1 when none runs)',
    )
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
  offerOutput(command).action(async (options: StatusFlags) => {
    const home = homeAt(options.data, app.environment)
    if (!(await presentRegion(home))) {
      const value = { running: false, data: home.directory } as const
      const isPrinted = await printForPrograms(app, options, { command: 'status', value, names: [] })
      if (!isPrinted) app.terminal.out(`no near region runs on ${home.directory}`)
      throw new CommandFailure(1)
    }
    const near = await connectNear(app, { directory: options.data })
    const status = await near.admin.status()
    const others = (await near.admin.regions()).slice(1)
    const beside = await Promise.all(others.map((region) => inRegion(near, region).admin.status()))
    const { endpoint, startedAt } = near.running
    const value = { running: true, data: home.directory, endpoint, startedAt, ...status, beside } as const
    const names = [status, ...beside].flatMap(namesIn)
    if (await printForPrograms(app, options, { command: 'status', value, names })) return
    const look = lookOf(app, options)
    app.terminal.say(
      `near region ${status.region} at ${endpoint} (pid ${status.pid}, ${status.memoryMiB} MiB), data in ${home.directory}`,
    )
    if (status.storeProblem !== undefined) {
      app.terminal.say(
        `${warningMark(app.terminal)} nothing can be written at present: ${status.storeProblem}`,
      )
      app.terminal.say('  It goes on by itself as soon as there is room; what was acknowledged is safe.')
    }
    printTables(app, look, status)
    for (const other of beside) {
      app.terminal.out(`\nnear region ${other.region}: eval "$(neargate env --region ${other.region})"`)
      printTables(app, look, other)
    }
  })
}

function namesIn({ clusters, loadBalancers }: RegionStatus): readonly string[] {
  return [
    ...clusters.map(({ name }) => `cluster/${name}`),
    ...loadBalancers.map(({ name }) => `load-balancer/${name}`),
  ]
}

/** So much of what is counted that a short run shows, too. */
function useText({
  pods,
  vcpuHours,
  gbHours,
  usd,
}: NonNullable<RegionStatus['clusters'][number]['fargateUse']>): string {
  const money = usd === undefined ? '' : `, $${usd.toFixed(4)} at list prices`
  return `${pods} pods, ${vcpuHours.toFixed(3)} vCPU-hours, ${gbHours.toFixed(3)} GB-hours${money}`
}

function printTables({ terminal }: App, look: Look, { clusters, loadBalancers }: RegionStatus): void {
  if (clusters.length === 0) terminal.out('no clusters')
  else {
    terminal.out(
      renderTable(look, {
        columns: [
          { heading: 'CLUSTER', narrow: { wrap: 20 } },
          { heading: 'VERSION' },
          { heading: 'STATUS' },
          { heading: 'NODES' },
          { heading: 'PODS' },
          { heading: 'ENDPOINT', narrow: 'below' },
        ],
        rows: clusters.map(({ name, version, status, nodes, pods, endpoint }) => [
          name,
          version,
          status,
          `${nodes.ec2} ec2, ${nodes.fargate} fargate`,
          String(pods),
          endpoint ?? '',
        ]),
      }),
    )
    for (const { name, fargateUse } of clusters) {
      if (!fargateUse) continue
      terminal.say(`${name} has used of Fargate: ${useText(fargateUse)}`)
    }
  }
  if (loadBalancers.length === 0) return
  terminal.out('')
  terminal.out(
    renderTable(look, {
      columns: [
        { heading: 'LOAD BALANCER', narrow: { wrap: 20 } },
        { heading: 'STATE' },
        { heading: 'URL', narrow: 'below' },
        { heading: 'ADDRESSES', narrow: 'below' },
      ],
      rows: loadBalancers.map(({ name, state, listeners }) => [
        name,
        state,
        listeners.map((listener) => listener.url).join(' '),
        listeners.flatMap((listener) => listener.addresses).join(' '),
      ]),
    }),
  )
  for (const line of addressHelp(loadBalancers)) terminal.say(line)
}
