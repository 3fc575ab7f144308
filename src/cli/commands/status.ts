// Owns `neargate status`: what runs in the near region, and the URLs that work.
import type { Command } from 'commander'

import type { RegionStatus } from '../../region/admin.ts'
import { homeAt } from '../../region/home.ts'
import { addressHelp } from '../address-help.ts'
import { connectNear, inRegion, presentRegion, type App } from '../app.ts'
import { CommandFailure } from '../failure.ts'
import { jsonText } from '../json-outputs.ts'
import { warningMark } from '../../terminal/problems.ts'
import { renderTable } from '../../terminal/table.ts'

export function registerStatus(program: Command, app: App): void {
  program
    .command('status')
    .description(
      'show the near region: clusters, nodes, load balancers and their URLs (exit code 1 when none runs)',
    )
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
    .option('--json', 'print JSON')
    .action(async (options: { readonly data?: string; readonly json?: true }) => {
      const home = homeAt(options.data, app.environment)
      if (!(await presentRegion(home))) {
        if (options.json) app.terminal.out(jsonText('status', { running: false, data: home.directory }))
        else app.terminal.out(`no near region runs on ${home.directory}`)
        throw new CommandFailure(1)
      }
      const near = await connectNear(app, { directory: options.data })
      const status = await near.admin.status()
      const others = (await near.admin.regions()).slice(1)
      const beside = await Promise.all(others.map((region) => inRegion(near, region).admin.status()))
      const { endpoint, startedAt } = near.running
      if (options.json) {
        app.terminal.out(
          jsonText('status', { running: true, data: home.directory, endpoint, startedAt, ...status, beside }),
        )
        return
      }
      app.terminal.out(
        `near region ${status.region} at ${endpoint} (pid ${status.pid}, ${status.memoryMiB} MiB), data in ${home.directory}`,
      )
      if (status.storeProblem !== undefined) {
        app.terminal.out(
          `${warningMark(app.terminal)} nothing can be written at present: ${status.storeProblem}`,
        )
        app.terminal.out('  It goes on by itself as soon as there is room; what was acknowledged is safe.')
      }
      printTables(app, status)
      for (const other of beside) {
        app.terminal.out(`\nnear region ${other.region}: eval "$(neargate env --region ${other.region})"`)
        printTables(app, other)
      }
    })
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

function printTables({ terminal }: App, { clusters, loadBalancers }: RegionStatus): void {
  if (clusters.length === 0) terminal.out('no clusters')
  else {
    terminal.out(
      renderTable(terminal, {
        columns: [
          { heading: 'CLUSTER', narrow: { cut: 20 } },
          { heading: 'VERSION' },
          { heading: 'STATUS' },
          { heading: 'EC2 NODES' },
          { heading: 'FARGATE NODES' },
          { heading: 'PODS' },
          { heading: 'ENDPOINT', narrow: 'below' },
        ],
        rows: clusters.map(({ name, version, status, nodes, pods, endpoint }) => [
          name,
          version,
          status,
          String(nodes.ec2),
          String(nodes.fargate),
          String(pods),
          endpoint ?? '',
        ]),
      }),
    )
    for (const { name, fargateUse } of clusters) {
      if (fargateUse) terminal.out(`${name} has used of Fargate: ${useText(fargateUse)}`)
    }
  }
  if (loadBalancers.length === 0) return
  terminal.out(
    renderTable(terminal, {
      columns: [
        { heading: 'LOAD BALANCER', narrow: { cut: 20 } },
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
  for (const line of addressHelp(loadBalancers)) terminal.out(line)
}
