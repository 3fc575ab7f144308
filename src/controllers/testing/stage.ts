// Owns a whole control plane on a clock of its own: an API server, every control loop, and a kubelet that does with each
// pod what its label `act`, or its image, says. What controllers were recorded to do is played on it again.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { InternalError, isNotFound } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { namespaces, nodes, pods, serviceAccounts } from '../../kubernetes/client/resources.ts'
import { createApiFixture, type ApiFixture } from '../../kubernetes/server/testing/api-fixture.ts'
import { sendTo, wholeText } from '../../kubernetes/server/testing/send.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { keyOf, type Controller, type ControllerContext } from '../../reconcile/controller.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { builtinControllers } from '../index.ts'

const DEADLINE_MS = 20_000
const MINOR = 35

export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly effect: string }[]
  readonly allocatable?: Readonly<Record<string, string>>
}

/** A cluster with the namespace `c`; to be disposed of at the end. */
export class Stage implements AsyncDisposable {
  readonly clock: FakeClock
  readonly #api: ApiFixture
  readonly #supervisor: Supervisor

  private constructor(clock: FakeClock, api: ApiFixture, supervisor: Supervisor) {
    this.clock = clock
    this.#api = api
    this.#supervisor = supervisor
  }

  static async open(): Promise<Stage> {
    const clock = new FakeClock()
    const api = await createApiFixture({ clock, version: `1.${MINOR}` })
    const supervisor = new Supervisor(silentLog)
    const environment = { clock, log: silentLog, supervisor }
    const served = api.server.resources
    const context = createControllerContext({ client: api.client, ...environment, served })
    const issueToken = (): Promise<string> => Promise.resolve('token')
    const controllers = builtinControllers(context, { caPem: 'PEM', issueToken, served, minor: MINOR })
    for (const controller of [...controllers, actor(context)]) runController(controller, environment)
    const stage = new Stage(clock, api, supervisor)
    await api.client.create(namespaces, { metadata: { name: 'c' }, spec: {} })
    await stage.until('the service account', async () => {
      const { items } = await api.client.list(serviceAccounts, { namespace: 'c' })
      return items.length > 0
    })
    return stage
  }

  get client(): KubernetesClient {
    return this.#api.client
  }

  /** Sends a request as an administrator. @throws InternalError with the answer, unless it is a success */
  async send(method: 'POST' | 'PATCH' | 'DELETE', url: string, body?: object): Promise<void> {
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
    const answer = await sendTo(this.#api.server, method, url, { headers, ...(body ? { body } : {}) })
    if (answer.status >= 300) throw new InternalError(`${method} ${url}: ${wholeText(answer)}`)
  }

  /** What there is of a resource in the namespace `c`, or in the cluster, as the wire shows it. */
  async read(resource: Resource): Promise<readonly KubernetesObject[]> {
    const scope = resource.namespaced ? '/namespaces/c' : ''
    const url = `${apiRoot(resource)}${scope}/${resource.plural}`
    const answer = await sendTo(this.#api.server, 'GET', url)
    return (JSON.parse(wholeText(answer)) as { items: KubernetesObject[] }).items
  }

  /** Adds a node with 4 CPUs, 8 GiB and room for 20 pods that is ready and stays so. */
  async addNode(
    name: string,
    { labels = {}, taints = [], allocatable = {} }: NodeOptions = {},
  ): Promise<void> {
    const own = { 'kubernetes.io/hostname': name, ...labels }
    await this.send('POST', '/api/v1/nodes', { metadata: { name, labels: own }, spec: { taints } })
    const capacity = { cpu: '4', memory: '8Gi', pods: '20', ...allocatable }
    // Heard from for as long as a scene may take: nobody sends heartbeats here.
    const heard = new Date(this.clock.now() + 3_600_000).toISOString()
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: heard, lastTransitionTime: heard }
    await this.send('PATCH', `/api/v1/nodes/${name}/status`, {
      status: { capacity, allocatable: capacity, conditions: [ready] },
    })
    await this.until(`${name} is ready`, async () => {
      const { spec } = await this.client.get(nodes, { name })
      return !spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready')
    })
  }

  /** Waits for `condition`; a poll moves the clock by 20 ms, so that what is due comes. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while (!(await condition())) {
      if (performance.now() > deadline) throw new InternalError(`not within ${DEADLINE_MS} ms: ${what}`)
      await this.clock.advance(20)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stop()
    await this.#api.server.close()
  }
}

// Bound pods run, and then do what they are told; deleted ones go at once.
function actor(context: ControllerContext): Controller {
  const all = context.informer(pods)
  return {
    name: 'actor',
    sources: [all.source((pod) => (pod.spec.nodeName ? [keyOf(pod)] : []))],
    async reconcile(key) {
      const pod = all.get(key)
      if (!pod) return
      try {
        if (pod.metadata.deletionTimestamp) {
          const { name, namespace = '' } = pod.metadata
          await context.client.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 })
          return
        }
        const status = nextStatus(context, pod)
        if (status) await context.client.updateStatus(pods, { ...pod, status: { ...pod.status, ...status } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  }
}

const EXIT_CODES: Readonly<Record<string, number>> = { succeed: 0, fail: 1, exit42: 42 }

function nextStatus(context: ControllerContext, pod: Pod): Pod['status'] | undefined {
  const { labels = {}, uid } = pod.metadata
  const [main] = pod.spec.containers
  const act = labels['act'] ?? (main?.image === 'unready' ? 'unready' : 'run')
  if (pod.status?.startTime !== undefined) return undefined
  const now = timestamp(context.clock)
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'Ready')
  const isSecond = labels['batch.kubernetes.io/job-completion-index'] === '1'
  const exitCode = act === 'failidx1' ? Number(isSecond) : EXIT_CODES[act]
  const podIP = `10.0.${Number(`0x${uid.slice(-2)}`)}.${1 + (Number(`0x${uid.slice(-4, -2)}`) % 250)}`
  const ready = { type: 'Ready', status: act === 'unready' || exitCode !== undefined ? 'False' : 'True' }
  return {
    phase: exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed',
    startTime: now,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [...others, { ...ready, lastTransitionTime: now } as (typeof others)[number]],
    containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: image,
      ready: ready.status === 'True',
      restartCount: 0,
      state:
        exitCode === undefined
          ? { running: { startedAt: now } }
          : { terminated: { exitCode, finishedAt: now } },
    })),
  }
}
