// Owns an API server whose custom resource definitions are looked after, and definitions for tests.
import { systemClock } from '../../../base/clock.ts'
import { silentLog } from '../../../base/log.ts'
import { Supervisor } from '../../../base/supervisor.ts'
import type { CustomResourceDefinition } from '../../../../generated/kubernetes.d.ts'
import { customResourceDefinitions, namespaces } from '../../../kubernetes/client/resources.ts'
import type { ApiServerOptions } from '../../../kubernetes/server/api-server.ts'
import { createApiFixture, type ApiFixture } from '../../../kubernetes/server/testing/api-fixture.ts'
import { sendTo, wholeText } from '../../../kubernetes/server/testing/send.ts'
import { createControllerContext } from '../../../reconcile/context.ts'
import { runController } from '../../../reconcile/run-controller.ts'
import { createCustomResourceDefinitionController } from '../controller.ts'

export type Json = Record<string, unknown>
export type Version = Partial<CustomResourceDefinition['spec']['versions'][number]>

export interface DefinitionsFixture extends ApiFixture, AsyncDisposable {
  /** Sends a request as an administrator. */
  send(
    method: string,
    path: string,
    options?: SendOptions,
  ): Promise<{ status: number; body: Json; warnings: string }>
  /** Creates a definition and waits until it is served. */
  define(definition: Json): Promise<void>
}

export interface SendOptions {
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
}

/** To be disposed of at the end of a test. */
export async function createDefinitionsFixture(
  options: Partial<ApiServerOptions> = {},
): Promise<DefinitionsFixture> {
  const fixture = await createApiFixture(options)
  const { client, server } = fixture
  const supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment, served: server.resources })
  runController(createCustomResourceDefinitionController(context), environment)
  await client.create(namespaces, { metadata: { name: 'd' }, spec: {} }).catch(() => undefined)
  const send: DefinitionsFixture['send'] = async (method, path, { body, type, accept } = {}) => {
    const headers = { ...(type ? { 'content-type': type } : {}), ...(accept ? { accept } : {}) }
    const response = await sendTo(server, method, path, { ...(body === undefined ? {} : { body }), headers })
    const isStream = typeof response.body !== 'string' && !(response.body instanceof Uint8Array)
    const text = isStream ? '' : wholeText(response)
    const warnings = String(response.headers['warning'] ?? '')
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Json) : { text },
      warnings,
    }
  }
  return {
    ...fixture,
    send,
    async define(definition) {
      // Validated by the server.
      const made = await client.create(
        customResourceDefinitions,
        definition as unknown as CustomResourceDefinition,
      )
      const { name } = made.metadata
      const deadline = performance.now() + 5_000
      for (;;) {
        const { status } = await client.get(customResourceDefinitions, { name })
        if (status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True')) return
        if (performance.now() > deadline)
          throw new Error(`${name} is not established: ${JSON.stringify(status)}`)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    async [Symbol.asyncDispose]() {
      await supervisor.stop()
      await server.close()
    },
  }
}

/** A definition of `kind` in ex.com with one version, or those given. */
export function definitionOf(kind: string, ...versions: readonly Version[]): Json {
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.ex.com` },
    spec: {
      group: 'ex.com',
      names: { plural, kind },
      scope: 'Namespaced',
      versions: versions.map((version, index) => ({
        name: `v${index + 1}`,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        ...version,
      })),
    },
  }
}
