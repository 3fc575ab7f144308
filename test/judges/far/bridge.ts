// Owns what stands between `up` and an emulator: it takes out of calls what the emulator lacks, answers in its stead, and counts it.
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'

import { isObject } from '../../../src/base/json.ts'
import { logGroupOf } from '../../../src/deploy/cluster.ts'
import type { Region } from '../../../src/library/start-region.ts'
import { Addons } from './addons.ts'
import { Beside, MADE_BESIDE } from './beside.ts'
import type { Emulator } from './emulators.ts'
import { withoutLacking, type Parts } from './lacking.ts'
import type { Answer, Asked, Passing } from './recorder.ts'

interface BridgeOptions {
  /** The emulator's own. */
  readonly endpoint: string
  readonly region: string
  /** Whose catalogue of add-ons stands in. */
  readonly near: Region
  /** Told what the emulator lacked, and in how many calls. */
  readonly missed: Map<string, number>
}

const UNPROTECTED =
  '<UpdateTerminationProtectionResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><UpdateTerminationProtectionResult><StackId>it</StackId></UpdateTerminationProtectionResult></UpdateTerminationProtectionResponse>'

/** Stands between for one project. */
export class Bridge implements Passing {
  readonly #missed: Map<string, number>
  readonly #templates = new Map<string, string>()
  readonly #emulator: Emulator
  readonly #beside: Beside
  readonly #addons: Addons
  readonly #near: Region
  readonly #logs: CloudWatchLogsClient

  constructor(emulator: Emulator, { endpoint, region, near, missed }: BridgeOptions) {
    this.#missed = missed
    this.#near = near
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    this.#logs = new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1 })
    this.#emulator = emulator
    this.#beside = new Beside(endpoint, region)
    this.#addons = new Addons(near, emulator.addons)
  }

  async instead(call: Asked): Promise<Answer | undefined> {
    const ofAddons = await this.#addons.answer(call)
    if (ofAddons) this.#miss(ofAddons.operation)
    return ofAddons?.answer ?? this.#ofLacked(call) ?? (await this.#published(call))
  }

  // Parameters of images, which both have of a few versions alone.
  async #published(call: Asked): Promise<Answer | undefined> {
    const name = operationOf(call) === 'GetParameter' ? parameterName(call.body) : ''
    if (!name.startsWith('/aws/service/')) return undefined
    const asked = new GetParametersCommand({ Names: [name] })
    const { Parameters = [] } = await this.#near.client(SSMClient).send(asked)
    const [Parameter] = Parameters
    if (!Parameter) return undefined
    this.#miss('parameters of images')
    const headers = { 'content-type': 'application/x-amz-json-1.1' }
    const body = JSON.stringify({ Parameter: { Name: name, Value: Parameter.Value } })
    return { status: 200, headers, body }
  }

  #ofLacked(call: Asked): Answer | undefined {
    const operation = operationOf(call)
    if (!this.#emulator.operations.includes(operation)) return undefined
    this.#miss(operation)
    if (operation === 'ListFargateProfiles')
      return { status: 200, headers: {}, body: '{"fargateProfileNames":[]}' }
    if (operation === 'UpdateTerminationProtection') return { status: 200, headers: {}, body: UNPROTECTED }
    const message = `${this.#emulator.name} has no ${operation}`
    const type = 'AccessDeniedException'
    if (call.headers['x-amz-target'] !== undefined)
      return { status: 400, headers: {}, body: JSON.stringify({ __type: type, message }) }
    const text = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`
    return { status: 403, headers: { 'content-type': 'text/xml' }, body: text }
  }

  async request({ body }: Asked): Promise<string> {
    const form = new URLSearchParams(body)
    const stack = form.get('StackName') ?? ''
    if (form.get('Action') === 'DeleteStack') await this.#beside.remove(stack)
    const text = form.get('TemplateBody')
    if (form.get('Action') !== 'CreateStack' || text === null) return body
    this.#templates.set(stack, text)
    const types = [...this.#emulator.types, ...(this.#emulator.makesClustersBeside ? MADE_BESIDE : [])]
    // What `up` has written.
    const whole = this.#beside.imported(JSON.parse(this.#listed(text)) as Parts)
    const rest = withoutLacking(this.#textual(whole), { types }, (type) => this.#miss(type))
    form.set('TemplateBody', JSON.stringify(rest))
    return form.toString()
  }

  async answer(call: Asked & { readonly status: number }, body: string): Promise<string> {
    const { body: asked, status, method, url } = call
    if (
      this.#emulator.makesClustersBeside &&
      status === 200 &&
      method === 'GET' &&
      /^\/clusters\/[^/]+$/.test(url)
    )
      return this.#beside.described(body)
    const form = new URLSearchParams(asked)
    const stack = form.get('StackName') ?? ''
    const text = this.#templates.get(stack)
    if (status !== 200 || text === undefined) return body
    if (form.get('Action') === 'CreateStack' && this.#emulator.makesClustersBeside)
      await this.#beside.make(stack, this.#beside.imported(JSON.parse(text) as Parts))
    if (form.get('Action') === 'CreateStack') await this.#makeLogGroup(stack)
    if (form.get('Action') !== 'GetTemplate') return body
    // That which was sent, with what was left out of it.
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return body.replace(/<TemplateBody>[^]*<\/TemplateBody>/, () => `<TemplateBody>${escaped}</TemplateBody>`)
  }

  // AWS makes a text of `true`, as eksctl writes some; both break on it.
  #textual(template: Parts): Parts {
    const outputs = Object.entries(template.Outputs ?? {}).map(([name, output]) => {
      if (typeof output.Value !== 'boolean') return [name, output] as const
      this.#miss('outputs that are no text')
      return [name, { ...output, Value: String(output.Value) }] as const
    })
    return { ...template, Outputs: Object.fromEntries(outputs) }
  }

  // Which EKS makes for the logs of a control plane.
  async #makeLogGroup(stack: string): Promise<void> {
    const [, cluster] = /^eksctl-(.+)-cluster$/.exec(stack) ?? []
    if (cluster === undefined) return
    this.#miss('the log group of a cluster')
    await this.#logs.send(new CreateLogGroupCommand({ logGroupName: logGroupOf(cluster) }))
  }

  // As eksctl writes some, and AWS reads them.
  #listed(template: string): string {
    if (!this.#emulator.makesClustersBeside) return template
    return template.replaceAll(/"Fn::GetAtt":"(\w+)\.([\w.]+)"/g, (_all, id: string, attribute: string) => {
      this.#miss('Fn::GetAtt of one text')
      return `"Fn::GetAtt":["${id}","${attribute}"]`
    })
  }

  #miss(what: string): void {
    this.#missed.set(what, (this.#missed.get(what) ?? 0) + 1)
  }
}

function parameterName(body: string): string {
  const asked: unknown = JSON.parse(body)
  return isObject(asked) ? String(asked['Name']) : ''
}

function operationOf({ method, url, headers, body }: Asked): string {
  if (method === 'GET' && /^\/clusters\/[^/]+\/fargate-profiles/.test(url)) return 'ListFargateProfiles'
  const target = headers['x-amz-target']
  return (typeof target === 'string' ? target.split('.').at(-1) : /^Action=(\w+)/.exec(body)?.[1]) ?? ''
}
