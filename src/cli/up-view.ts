// Owns how the result of `up` is shown: tables of workloads and load balancers, and how to go on; or as JSON.
import type { LoadBalancerReport, UpResult, WorkloadReport } from '../deploy/up-result.ts'
import type { App } from './app.ts'
import type { UpOutput } from './json-outputs.ts'
import { lookOf, namedObject, type OutputFlags, printForPrograms } from './output.ts'
import { renderTable } from '../terminal/table.ts'
import type { Look } from '../terminal/terminal.ts'

/** Where the cluster is, and how to go on with it. */
export interface Place {
  readonly region: string
  readonly target: 'near' | 'aws'
  readonly kubeconfig: string
  /** A command line; absent where one is run already. */
  readonly goOn?: string
}

/** The object that `up --json` prints. */
function toJson(
  { cluster, workloads, loadBalancers, unchanged }: UpResult,
  { region, target, kubeconfig }: Place,
  seconds: number,
): UpOutput {
  return {
    cluster: cluster.name,
    region,
    target,
    kubeconfig,
    workloads,
    loadBalancers,
    unchanged,
    seconds: Number(seconds.toFixed(3)),
  }
}

export interface Showing {
  readonly flags: OutputFlags
  readonly place: Place
  readonly seconds: number
  /** Of a run that changed nothing, only what is not as it should be. */
  readonly changesOnly?: boolean
}

/** Prints the result, in the form that was asked for. */
export async function showUp(app: App, result: UpResult, showing: Showing): Promise<void> {
  const value = toJson(result, showing.place, showing.seconds)
  const names = [
    ...result.workloads.map(namedObject),
    ...result.loadBalancers.map((report) => namedObject(ownerOf(report))),
  ]
  if (await printForPrograms(app, showing.flags, { command: 'up', value, names })) return
  showResult(app, result, showing)
}

function showResult(
  app: App,
  result: UpResult,
  { flags, place, seconds, changesOnly = false }: Showing,
): void {
  const { terminal } = app
  const look = lookOf(app, flags)
  const isOld = changesOnly && result.unchanged
  const workloads = result.workloads.filter(({ ready, desired }) => !isOld || ready !== desired)
  const loadBalancers = result.loadBalancers.filter((report) => !isOld || !isWell(report))
  // What comes before it, if anything does, is another table.
  if (!isOld || workloads.length + loadBalancers.length > 0) terminal.out('')
  for (const table of [
    workloads.length > 0 && workloadTable(app, look, workloads),
    loadBalancers.length > 0 && loadBalancerTable(app, look, loadBalancers),
  ]) {
    if (table === false) continue
    terminal.out(table)
    terminal.out('')
  }
  const verdict = result.unchanged ? 'is up to date, nothing was changed' : 'is ready'
  terminal.say(`cluster ${terminal.paint('bold', result.cluster.name)} ${verdict} (${seconds.toFixed(1)} s)`)
  if (isOld) terminal.say('its URLs    neargate status')
  terminal.say(`kubeconfig  ${place.kubeconfig}`)
  if (place.goOn !== undefined) terminal.say(`go on with  ${place.goOn}`)
}

function isWell({ healthyTargets, httpStatus }: LoadBalancerReport): boolean {
  return healthyTargets > 0 && httpStatus < 500
}

function workloadTable(app: App, look: Look, workloads: readonly WorkloadReport[]): string {
  return renderTable(look, {
    columns: [
      { heading: 'NAMESPACE', narrow: { wrap: 8 } },
      { heading: 'WORKLOAD', narrow: { wrap: 16 } },
      { heading: 'READY' },
      { heading: 'COMPUTE' },
      { heading: 'NODES', narrow: { cut: 20, drop: true } },
      { heading: 'SIZE', narrow: { drop: 'last' } },
    ],
    rows: workloads.map((workload) => [
      workload.namespace,
      workload.name,
      readiness(app, workload),
      workload.compute,
      nodesOf(workload),
      workload.pods[0]?.capacity ?? '-',
    ]),
  })
}

function loadBalancerTable(app: App, look: Look, loadBalancers: readonly LoadBalancerReport[]): string {
  const { terminal } = app
  const kinds = ['Service', 'Ingress', 'Gateway'].filter(
    (kind) => kind === 'Service' || loadBalancers.some((report) => ownerOf(report).kind === kind),
  )
  return renderTable(look, {
    columns: [
      { heading: kinds.join(' or ').toUpperCase(), narrow: { wrap: 20 } },
      { heading: 'TARGETS' },
      { heading: 'STATUS' },
      { heading: 'URL', narrow: 'below' },
      { heading: 'ADDRESS', narrow: 'below' },
    ],
    rows: loadBalancers.map((report) => [
      subjectOf(report),
      report.healthyTargets === 0 ? terminal.paint('yellow', 'none') : `${report.healthyTargets} healthy`,
      statusOf(app, report),
      report.url,
      report.address ?? '-',
    ]),
  })
}

function readiness({ terminal }: App, { ready, desired }: WorkloadReport): string {
  const text = `${ready}/${desired}`
  return ready === desired ? text : terminal.paint('red', text)
}

function ownerOf({ namespace, service = '', ingress, gateway }: LoadBalancerReport) {
  if (gateway !== undefined) return { kind: 'Gateway', namespace, name: gateway }
  return ingress === undefined
    ? { kind: 'Service', namespace, name: service }
    : { kind: 'Ingress', namespace, name: ingress }
}

function subjectOf(report: LoadBalancerReport): string {
  const { kind, namespace, name } = ownerOf(report)
  return kind === 'Service' ? `${namespace}/${name}` : `${kind.toLowerCase()} ${namespace}/${name}`
}

function statusOf({ terminal }: App, { httpStatus, service }: LoadBalancerReport): string {
  if (httpStatus === 0) return '-'
  // An Ingress or a Gateway may have no rule for `/`.
  if (httpStatus === 404 && service === undefined) return '404'
  return terminal.paint(httpStatus < 400 ? 'green' : 'red', String(httpStatus))
}

function nodesOf({ pods }: WorkloadReport): string {
  const names = [...new Set(pods.map((pod) => pod.node.split('.')[0] ?? ''))]
  return names.join(', ')
}
