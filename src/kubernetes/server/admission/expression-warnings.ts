// Owns what the expressions of a ValidatingAdmissionPolicy are wrong about, given the kinds that it is asked about.
// Source: apiserver pkg/admission/plugin/policy/validating/typechecking.go.
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../../../generated/kubernetes.d.ts'
import { admissionEnvironment, type TypedObjects } from '../../cel/admission.ts'
import { CelEnvironment } from '../../cel/environment.ts'
import type { Kind } from '../../resources/kind.ts'
import { schemasOf, schemaName } from '../../schema/openapi-schema.ts'
import { parseGroupVersion } from '../../../rules/kubernetes/resource-names.ts'
import { declaredType, registerDeclared, type DeclaredType } from './declared-type.ts'

type Spec = ValidatingAdmissionPolicy['spec']

/** A rule is looked at for no more kinds than these. */
const MOST_KINDS = 10

/**
 * The warnings of a policy: for each expression, what is wrong with it for each kind.
 * @param kinds what the cluster serves
 * @param suffix what the names of types end with, so that those of two checks differ
 */
export function expressionWarnings(spec: Spec, kinds: readonly Kind[], suffix: string): ExpressionWarning[] {
  const environments = kindsOf(spec, kinds).flatMap((kind) => {
    const object = typeOfKind(kind)
    return object ? [{ kind, environment: environmentOf({ spec, kinds, suffix }, kind, object) }] : []
  })
  return expressionsOf(spec).flatMap(({ fieldRef, expression }) => {
    const findings = environments.flatMap(({ kind, environment }) => {
      const problem = environment.problemOf(expression)
      return problem === undefined ? [] : [`${wordsOf(kind)}: ${problem}\n`]
    })
    return findings.length > 0 ? [{ fieldRef, warning: findings.join('\n') }] : []
  })
}

function expressionsOf({ validations = [] }: Spec): { fieldRef: string; expression: string }[] {
  return validations.flatMap(({ expression, messageExpression }, index) => {
    const at = `spec.validations[${index}]`
    return [
      { fieldRef: `${at}.expression`, expression },
      ...(messageExpression ? [{ fieldRef: `${at}.messageExpression`, expression: messageExpression }] : []),
    ]
  })
}

/** The kinds that are named; a rule with a wildcard in its groups or versions names none. */
function kindsOf({ matchConstraints }: Spec, kinds: readonly Kind[]): Kind[] {
  const named = new Set<Kind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue
    const plurals = resources.filter((name) => !/[*/]/.test(name)).toSorted()
    const found = kinds.filter(
      ({ resource: { group, version, plural } }) =>
        apiGroups.includes(group) && apiVersions.includes(version) && plurals.includes(plural),
    )
    for (const kind of found.toSorted(byPlace).slice(0, MOST_KINDS)) named.add(kind)
  }
  return [...named].toSorted(byName)
}

function byPlace({ resource: a }: Kind, { resource: b }: Kind): number {
  return order([a.group, a.version, a.plural], [b.group, b.version, b.plural])
}

function byName({ resource: a }: Kind, { resource: b }: Kind): number {
  return order([a.group, a.version, a.kind], [b.group, b.version, b.kind])
}

function order(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index])
  return at < 0 ? 0 : (a[at] ?? '') < (b[at] ?? '') ? -1 : 1
}

function typeOfKind({ schema: { type, custom } }: Kind): DeclaredType | undefined {
  if (type !== undefined) return declaredType(schemaName(type), schemasOf([type]))
  if (!custom) return undefined
  const { name, schemas } = custom.openApi()
  return declaredType(name, { ...schemasOf(['meta/v1.ObjectMeta']), ...schemas })
}

interface Checked {
  readonly spec: Spec
  readonly kinds: readonly Kind[]
  readonly suffix: string
}

/** What expressions of the policy see of an object of the kind; variables that do not compile may be anything. */
function environmentOf({ spec, kinds, suffix }: Checked, kind: Kind, object: DeclaredType): CelEnvironment {
  const paramKind = kinds.find(({ resource }) => isParamKind(spec, resource))
  const params = paramKind && typeOfKind(paramKind)
  const typed = typedObjects({ name: `${kind.resource.kind}${suffix}`, object, params })
  const variables: Record<string, string> = {}
  const make = (): CelEnvironment =>
    admissionEnvironment({
      hasParams: params !== undefined,
      hasAuthorizer: true,
      variables: { ...variables },
      typed,
    })
  let environment = make()
  for (const { name, expression } of spec.variables ?? []) {
    variables[name] = environment.typeOf(expression) ?? 'dyn'
    environment = make()
  }
  return environment
}

interface Declared {
  readonly name: string
  readonly object: DeclaredType
  readonly params: DeclaredType | undefined
}

function typedObjects({ name, object, params }: Declared): TypedObjects {
  const names = { object: '', params: '' }
  const environment = new CelEnvironment(
    {},
    {
      extend: (declaring) => {
        names.object = registerDeclared(declaring, name, object)
        // By a name of their own: they may be of the kind that is checked.
        if (params) names.params = registerDeclared(declaring, `${name}.@params`, params)
      },
    },
  )
  return { environment, object: names.object, params: names.params || undefined }
}

function isParamKind({ paramKind }: Spec, { group, version, kind }: Kind['resource']): boolean {
  if (paramKind?.kind !== kind) return false
  const named = parseGroupVersion(paramKind.apiVersion ?? '')
  return named.group === group && named.version === version
}

function wordsOf({ resource: { group, version, kind } }: Kind): string {
  return `${group}/${version}, Kind=${kind}`
}
