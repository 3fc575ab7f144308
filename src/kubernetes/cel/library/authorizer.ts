// Owns the authorizer variable of CEL: who may do what, asked in an expression.
// Source: apiserver pkg/cel/library/authz.go.
import type { Environment } from '@marcbachmann/cel-js'

/** A question to the authorizer. */
export interface AccessQuestion {
  /** Set when somebody else than the requester is asked about. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  readonly verb: string
  /** Set for requests that are for no resource. */
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
}

export type AccessCheck = (question: AccessQuestion) => { readonly allowed: boolean; readonly reason: string }

type Partly = Omit<AccessQuestion, 'verb'>

class Check {
  readonly ask: AccessCheck
  readonly about: Partly

  constructor(ask: AccessCheck, about: Partly) {
    this.ask = ask
    this.about = about
  }
}

class PathCheck extends Check {}
class GroupCheck extends Check {}
class ResourceCheck extends Check {}

/** The value of the variable `authorizer`. */
export class Authorizer extends Check {
  /** What is asked of the resource of the request. */
  readonly requestResource: ResourceCheck

  constructor(ask: AccessCheck, about: Partly, request: Partly) {
    super(ask, about)
    this.requestResource = new ResourceCheck(ask, request)
  }
}

class Decision {
  readonly allowed: boolean
  readonly reason: string

  constructor({ allowed, reason }: ReturnType<AccessCheck>) {
    this.allowed = allowed
    this.reason = reason
  }
}

export const AUTHORIZER_TYPE = 'kubernetes.authorization.Authorizer'
const PATH = 'kubernetes.authorization.PathCheck'
const GROUP = 'kubernetes.authorization.GroupCheck'
const RESOURCE = 'kubernetes.authorization.ResourceCheck'
const DECISION = 'kubernetes.authorization.Decision'

/** Registers what an authorizer can be asked. */
export function registerAuthorizer(environment: Environment): void {
  const narrow = (field: keyof Partly) => (check: ResourceCheck, value: string) =>
    new ResourceCheck(check.ask, { ...check.about, [field]: value })
  environment
    .registerType(PATH, { ctor: PathCheck, fields: {} })
    .registerType(GROUP, { ctor: GroupCheck, fields: {} })
    .registerType(RESOURCE, { ctor: ResourceCheck, fields: {} })
    .registerType(DECISION, { ctor: Decision, fields: {} })
    .registerType(AUTHORIZER_TYPE, { ctor: Authorizer, fields: { requestResource: RESOURCE } })
    .registerFunction(
      `${AUTHORIZER_TYPE}.path(string): ${PATH}`,
      ({ ask, about }: Authorizer, path: string) => new PathCheck(ask, { ...about, path }),
    )
    .registerFunction(
      `${AUTHORIZER_TYPE}.group(string): ${GROUP}`,
      ({ ask, about }: Authorizer, group: string) => new GroupCheck(ask, { ...about, group }),
    )
    .registerFunction(
      `${AUTHORIZER_TYPE}.serviceAccount(string, string): ${AUTHORIZER_TYPE}`,
      ({ ask, requestResource }: Authorizer, namespace: string, name: string) =>
        new Authorizer(ask, { serviceAccount: { namespace, name } }, requestResource.about),
    )
    .registerFunction(
      `${GROUP}.resource(string): ${RESOURCE}`,
      ({ ask, about }: GroupCheck, resource: string) => new ResourceCheck(ask, { ...about, resource }),
    )
    .registerFunction(`${RESOURCE}.subresource(string): ${RESOURCE}`, narrow('subresource'))
    .registerFunction(`${RESOURCE}.namespace(string): ${RESOURCE}`, narrow('namespace'))
    .registerFunction(`${RESOURCE}.name(string): ${RESOURCE}`, narrow('name'))
    .registerFunction(`${RESOURCE}.fieldSelector(string): ${RESOURCE}`, narrow('fieldSelector'))
    // The authorizers of this server do not look at labels.
    .registerFunction(`${RESOURCE}.labelSelector(string): ${RESOURCE}`, (check: ResourceCheck) => check)
    .registerFunction(`${PATH}.check(string): ${DECISION}`, decide)
    .registerFunction(`${RESOURCE}.check(string): ${DECISION}`, decide)
    .registerFunction(`${DECISION}.allowed(): bool`, ({ allowed }: Decision) => allowed)
    .registerFunction(`${DECISION}.reason(): string`, ({ reason }: Decision) => reason)
    .registerFunction(`${DECISION}.errored(): bool`, () => false)
    .registerFunction(`${DECISION}.error(): string`, () => '')
}

function decide({ ask, about }: Check, verb: string): Decision {
  return new Decision(ask({ ...about, verb }))
}
